// The drain as people and programs read it: the JSON of GET /v1/drain.
#pragma once

#include <string>

#include "core/termination/drain_machine.h"
#include "handlers/drain/drainer.h"

namespace hakoban {

// "none", "waiting" (its notice's time has not come), "draining", "drained", "returning", "returned".
[[nodiscard]] std::string_view phase_of(const DrainStatus& status);

// Times are RFC 3339, durations seconds. What is not known, or does not apply, is null.
[[nodiscard]] std::string format_drain_view(const DrainStatus& status, const DrainPolicy& policy,
                                            TimePoint now);

}  // namespace hakoban
