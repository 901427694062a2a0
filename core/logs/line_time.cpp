#include "core/logs/line_time.h"

#include <algorithm>

namespace hakoban {
namespace {

constexpr std::size_t kLookedAt = 256;
constexpr std::string_view kShape = "dddd-dd-ddTdd:dd:dd";

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool has_shape(std::string_view text) {
  return text.size() >= kShape.size() &&
         std::equal(kShape.begin(), kShape.end(), text.begin(),
                    [](char wanted, char c) { return wanted == 'd' ? is_digit(c) : wanted == c; });
}

bool is_of_time(char c) {
  return is_digit(c) || c == '.' || c == ':' || c == '+' || c == '-' || c == 'Z';
}

}  // namespace

std::optional<TimePoint> time_in_line(std::string_view line) {
  line = line.substr(0, kLookedAt);
  for (std::size_t at = 0; at + kShape.size() <= line.size(); ++at) {
    if (!has_shape(line.substr(at))) continue;
    auto end = at + kShape.size();
    while (end < line.size() && is_of_time(line[end])) ++end;
    if (const auto time = parse_rfc3339(line.substr(at, end - at))) return *time;
  }
  return std::nullopt;
}

}  // namespace hakoban
