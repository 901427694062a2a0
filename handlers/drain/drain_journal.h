// The drain under way as a JSON text, so that an agent that was killed goes on where it was.
#pragma once

#include <string>
#include <string_view>

#include "core/result.h"
#include "core/termination/drain_state.h"

namespace hakoban {

// What DrainState calls journalled. Times are nanoseconds since 1970.
[[nodiscard]] std::string format_journal(const DrainState& state);

// Reads what format_journal wrote. Errors: malformed, for anything else; then there is nothing to go on from.
[[nodiscard]] Result<DrainState> parse_journal(std::string_view text);

}  // namespace hakoban
