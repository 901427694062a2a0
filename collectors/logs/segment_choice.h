// Which range is read next. Call with the state's mutex held.
#pragma once

#include <memory>

#include "collectors/logs/tailer_state.h"
#include "core/logs/segment_source.h"

namespace hakoban {

// Each log in its turn, so that a loud one does not starve the quiet. Null: nothing is due.
[[nodiscard]] std::unique_ptr<Segment> take_in_turn(TailerState& state, SteadyPoint now);

// The log with most bytes that would be lost.
[[nodiscard]] std::unique_ptr<Segment> take_from_largest(TailerState& state, SteadyPoint now);

// Whether some segment is being read, so that more may come.
[[nodiscard]] bool any_reading(const TailerState& state);

}  // namespace hakoban
