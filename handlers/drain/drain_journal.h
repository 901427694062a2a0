// The drain under way as a JSON text, so that an agent that was killed goes on where it was.
#pragma once

#include <string>
#include <string_view>

#include "core/result.h"
#include "core/termination/drain_state.h"

namespace hakoban {

// What the journal says besides the state.
struct DrainJournal {
  DrainState state;
  // Of the boot in which it was written (/proc/sys/kernel/random/boot_id); "" when not known.
  std::string boot_id;
};

// What DrainState calls journalled. Times are nanoseconds since 1970.
[[nodiscard]] std::string format_journal(const DrainState& state, std::string_view boot_id = {});

// Reads what format_journal wrote. Errors: malformed, for anything else; then there is nothing to go on from.
[[nodiscard]] Result<DrainJournal> parse_journal(std::string_view text);

}  // namespace hakoban
