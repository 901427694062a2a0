// The time that a line of a plain log file carries.
#pragma once

#include <optional>
#include <string_view>

#include "core/time.h"

namespace hakoban {

// The first RFC 3339 time within its first 256 bytes, as the ECS agent writes ("level=info
// time=2026-11-23T20:52:58Z msg=…", or as JSON). Times without a zone do not count: nobody says which it is.
[[nodiscard]] std::optional<TimePoint> time_in_line(std::string_view line);

}  // namespace hakoban
