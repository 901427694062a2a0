// The three parts of a turn of the drain machine; only drain_machine.cpp calls them.
#pragma once

#include <vector>

#include "core/termination/drain_machine.h"

namespace hakoban {

// Takes an event into the state.
void absorb(DrainState& state, const DrainEvent& event, const DrainPolicy& policy, TimePoint now);

// What to start now; marks it as under way.
[[nodiscard]] std::vector<DrainAction> due_actions(DrainState& state, const DrainPolicy& policy,
                                                   TimePoint now);

// What has been reached since the last turn; notes it. A milestone that no longer holds (a task joined) can
// be reached again; the end cannot.
[[nodiscard]] std::vector<Milestone> new_milestones(DrainState& state, const DrainPolicy& policy,
                                                    TimePoint now);

// `duration` times 1 − spread … 1 + spread, by the state's own dice.
[[nodiscard]] Duration jittered(DrainState& state, Duration duration, double spread);

}  // namespace hakoban
