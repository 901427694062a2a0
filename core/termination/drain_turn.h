// The parts of a turn of the drain machine; only its own files call them.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/termination/drain_machine.h"

namespace hakoban {

// So many failures of finding the group's hooks, or of completing one, and the drain ends without.
inline constexpr int kHookTries = 30;

// Takes an event into the state.
void absorb(DrainState& state, const DrainEvent& event, const DrainPolicy& policy, TimePoint now);

// absorb()'s parts.
void hear_notice(DrainState& state, const Notice& notice, const DrainPolicy& policy);
void dismiss(DrainState& state);
void take_answer(DrainState& state, const CallEnded& call, const DrainPolicy& policy, TimePoint now);

// Makes of the causes what they come to now. A stronger manner than before begins the timeline anew.
void settle_causes(DrainState& state, const DrainPolicy& policy, TimePoint now);

// What to start now; marks it as under way.
[[nodiscard]] std::vector<DrainAction> due_actions(DrainState& state, const DrainPolicy& policy,
                                                   TimePoint now);

// What has been reached since the last turn; notes it. A milestone that no longer holds (a task joined) can
// be reached again; the end cannot.
[[nodiscard]] std::vector<Milestone> new_milestones(DrainState& state, const DrainPolicy& policy,
                                                    TimePoint now);

// All tasks have ended and their logs are stored, or cannot be waited for any longer: the group may have the
// instance.
[[nodiscard]] bool work_done(const DrainState& state, const DrainPolicy& policy, TimePoint now);

// What was begun before the drain was called off has ended.
[[nodiscard]] bool begun_is_over(const DrainState& state);

// Called off with a task half taken out: it is stopped all the same, since nobody would register it again.
[[nodiscard]] bool is_begun(const DrainState& state, const TaskProgress& progress);

// Stands for the looks at all groups in DrainState::attempts: a throttled one makes all of them wait.
[[nodiscard]] inline std::pair<DrainCall, std::string> any_look() {
  return {DrainCall::check_health, ""};
}

// An even number in [0, 1), by the state's own dice; and `duration` times 1 − spread … 1 + spread.
[[nodiscard]] double throw_dice(DrainState& state);
[[nodiscard]] Duration jittered(DrainState& state, Duration duration, double spread);

}  // namespace hakoban
