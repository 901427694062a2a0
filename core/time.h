// Time as values. Nothing in core/ asks what time it is: `now` comes in as an argument (platform/clock.h has
// it).
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "core/result.h"

namespace hakoban {

using namespace std::chrono_literals;

using Duration = std::chrono::nanoseconds;
// UTC, nanoseconds since 1970: fine enough for Docker's log time stamps.
using TimePoint = std::chrono::sys_time<Duration>;
// Never jumps and has no date: for ages, time-outs and waits.
using SteadyPoint = std::chrono::time_point<std::chrono::steady_clock, Duration>;

// Reads RFC 3339 as Docker, ECS and EC2 write it: "2017-09-18T08:22:00Z", any number of fractional digits
// (those beyond nanoseconds are cut), 'Z' or a numeric offset.
[[nodiscard]] Result<TimePoint> parse_rfc3339(std::string_view text);

// "2026-11-23T20:52:58.305Z": always UTC, always milliseconds, so that logs line up.
[[nodiscard]] std::string format_rfc3339(TimePoint time);

// "2026-11-23": the UTC day.
[[nodiscard]] std::string format_date(TimePoint time);

// Reads "250ms", "90s", "5m", "2h", "1d" and sums of them ("1m30s"). Errors: invalid.
[[nodiscard]] Result<Duration> parse_duration(std::string_view text);

// The shortest form that parse_duration reads back to the same value: "1m30s", "250ms", "0s".
[[nodiscard]] std::string format_duration(Duration duration);

// Seconds as a number, for metrics and for people.
[[nodiscard]] constexpr double as_seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

}  // namespace hakoban
