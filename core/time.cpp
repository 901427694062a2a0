#include "core/time.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace hakoban {
namespace {

// Takes exactly `digits` decimal digits off the front of `text`.
std::optional<int> take_number(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return std::nullopt;
  int value = 0;
  for (char c : text.substr(0, digits)) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  text.remove_prefix(digits);
  return value;
}

bool take_char(std::string_view& text, char wanted) {
  if (text.empty() || text.front() != wanted) return false;
  text.remove_prefix(1);
  return true;
}

// ".305356637": nanoseconds; no fraction is zero.
std::optional<Duration> take_fraction(std::string_view& text) {
  if (!take_char(text, '.')) return Duration{0};
  std::int64_t nanoseconds = 0;
  std::size_t digits = 0;
  while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
    if (digits < 9) nanoseconds = nanoseconds * 10 + (text.front() - '0');
    ++digits;
    text.remove_prefix(1);
  }
  if (digits == 0) return std::nullopt;
  for (; digits < 9; ++digits) nanoseconds *= 10;
  return Duration{nanoseconds};
}

std::optional<std::chrono::minutes> take_offset(std::string_view& text) {
  if (take_char(text, 'Z') || take_char(text, 'z')) return 0min;
  const bool east = take_char(text, '+');
  if (!east && !take_char(text, '-')) return std::nullopt;
  const auto hours = take_number(text, 2);
  if (!hours || !take_char(text, ':')) return std::nullopt;
  const auto minutes = take_number(text, 2);
  if (!minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  const std::chrono::minutes offset = std::chrono::hours{*hours} + std::chrono::minutes{*minutes};
  return east ? offset : -offset;
}

std::optional<TimePoint> take_time(std::string_view text) {
  const auto year = take_number(text, 4);
  if (!year || !take_char(text, '-')) return std::nullopt;
  const auto month = take_number(text, 2);
  if (!month || !take_char(text, '-')) return std::nullopt;
  const auto day = take_number(text, 2);
  if (!day || !(take_char(text, 'T') || take_char(text, 't') || take_char(text, ' '))) return std::nullopt;
  const auto hour = take_number(text, 2);
  if (!hour || *hour > 23 || !take_char(text, ':')) return std::nullopt;
  const auto minute = take_number(text, 2);
  if (!minute || *minute > 59 || !take_char(text, ':')) return std::nullopt;
  const auto second = take_number(text, 2);
  if (!second || *second > 60) return std::nullopt;
  const auto fraction = take_fraction(text);
  if (!fraction) return std::nullopt;
  const auto offset = take_offset(text);
  if (!offset || !text.empty()) return std::nullopt;

  const std::chrono::year_month_day date{std::chrono::year{*year},
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok() || *year < 1700 || *year > 2200) return std::nullopt;
  return TimePoint{std::chrono::sys_days{date}} + std::chrono::hours{*hour} + std::chrono::minutes{*minute} +
         std::chrono::seconds{*second} + *fraction - *offset;
}

struct Unit {
  std::string_view name;
  Duration length;
};
constexpr std::array<Unit, 7> kUnits{
    {{"d", 24h}, {"h", 1h}, {"m", 1min}, {"s", 1s}, {"ms", 1ms}, {"us", 1us}, {"ns", 1ns}}};

}  // namespace

Result<TimePoint> parse_rfc3339(std::string_view text) {
  if (const auto time = take_time(text)) return *time;
  return Error{Errc::malformed, fmt::format("'{}' is not an RFC 3339 time", text)};
}

std::string format_rfc3339(TimePoint time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  const auto millis = std::chrono::floor<std::chrono::milliseconds>(time - seconds).count();
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(seconds.time_since_epoch().count()), millis);
}

std::string format_date(TimePoint time) {
  const std::chrono::year_month_day date{std::chrono::floor<std::chrono::days>(time)};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()));
}

Result<Duration> parse_duration(std::string_view text) {
  const Error bad{Errc::invalid, fmt::format("'{}' is not a duration such as 90s, 250ms or 1m30s", text)};
  if (text.empty()) return bad;
  Duration sum{0};
  while (!text.empty()) {
    std::int64_t number = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failure != std::errc{} || number < 0) return bad;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    const auto unit_size = std::min(text.find_first_of("0123456789"), text.size());
    const auto unit = text.substr(0, unit_size);
    const auto* found =
        std::find_if(kUnits.begin(), kUnits.end(), [&](const Unit& u) { return u.name == unit; });
    if (found == kUnits.end() || number > Duration::max() / found->length) return bad;
    const Duration part = number * found->length;
    if (part > Duration::max() - sum) return bad;
    sum += part;
    text.remove_prefix(unit_size);
  }
  return sum;
}

std::string format_duration(Duration duration) {
  if (duration == Duration{0}) return "0s";
  std::string text = duration < Duration{0} ? "-" : "";
  for (const auto& unit : kUnits) {
    const auto count = duration / unit.length;
    if (count != 0) text += fmt::format("{}{}", count < 0 ? -count : count, unit.name);
    duration -= count * unit.length;
  }
  return text;
}

}  // namespace hakoban
