#include "core/logs/json_record.h"

#include <algorithm>
#include <cstring>

namespace hakoban {
namespace {

constexpr std::string_view kStart = R"({"log":")";
constexpr std::string_view kTimeKey = R"("time":")";
constexpr std::string_view kEnd = R"(Z"})";
constexpr std::size_t kDateSize = 10;
constexpr std::size_t kClockSize = 8;  // "20:52:58"
// Messages' ends are looked for in so many last lines.
constexpr int kLinesLookedBack = 64;

// Between 'T' and 'Z' stands "hh:mm:ss", or that, a dot and one to nine digits.
std::optional<std::size_t> find_time(std::string_view line) {
  if (!line.ends_with(kEnd)) return std::nullopt;
  const auto zone = line.size() - kEnd.size();
  const auto try_width = [&](std::size_t width) -> std::optional<std::size_t> {
    const auto before = kTimeKey.size() + kDateSize + 1 + width;
    if (zone < before || line[zone - width - 1] != 'T') return std::nullopt;
    if (line.substr(zone - before, kTimeKey.size()) != kTimeKey) return std::nullopt;
    return zone - before + kTimeKey.size();
  };
  for (std::size_t digits = 9; digits > 0; --digits) {
    if (const auto found = try_width(kClockSize + 1 + digits)) return found;
  }
  return try_width(kClockSize);
}

// Offset after the string whose opening quote stands before `at`; npos when it does not end.
std::size_t after_string(std::string_view line, std::size_t at) {
  for (; at < line.size(); ++at) {
    const auto byte = static_cast<unsigned char>(line[at]);
    if (byte == '"') return at + 1;
    if (byte < 0x20) return std::string_view::npos;
    if (byte == '\\') ++at;
  }
  return std::string_view::npos;
}

// Takes `"key":"…"` off the front.
bool take_member(std::string_view& rest, std::string_view opening) {
  if (!rest.starts_with(opening)) return false;
  const auto end = after_string(rest, opening.size());
  if (end == std::string_view::npos) return false;
  rest.remove_prefix(end);
  return true;
}

// Takes `{"k":"v",…}`, strings alone, off the front.
bool take_attributes(std::string_view& rest) {
  if (!rest.starts_with('{')) return false;
  rest.remove_prefix(1);
  while (take_member(rest, "\"") && take_member(rest, ":\"")) {
    if (rest.starts_with('}')) {
      rest.remove_prefix(1);
      return true;
    }
    if (!rest.starts_with(',')) return false;
    rest.remove_prefix(1);
  }
  return false;
}

std::size_t start_of_last_line(std::string_view lines) {
  const auto newline = lines.substr(0, lines.size() - 1).rfind('\n');
  return newline == std::string_view::npos ? 0 : newline + 1;
}

}  // namespace

std::optional<std::string_view> date_of_record(std::string_view line) {
  const auto at = find_time(line);
  if (!at) return std::nullopt;
  return line.substr(*at, kDateSize);
}

std::optional<TimePoint> time_of_record(std::string_view line) {
  const auto at = find_time(line);
  if (!at) return std::nullopt;
  const auto time = parse_rfc3339(line.substr(*at, line.size() - *at - kEnd.size() + 1));
  if (!time) return std::nullopt;
  return *time;
}

std::optional<std::string_view> date_if_whole(std::string_view line) {
  if (!line.starts_with(kStart)) return std::nullopt;
  const char* const end = line.data() + line.size();
  const char* at = line.data() + kStart.size();
  while ((at = static_cast<const char*>(std::memchr(at, '{', static_cast<std::size_t>(end - at)))) !=
         nullptr) {
    if (std::string_view{at, static_cast<std::size_t>(end - at)}.starts_with(kStart)) return std::nullopt;
    ++at;
  }
  return date_of_record(line);
}

bool is_record(std::string_view line) {
  if (!line.starts_with('{')) return false;
  auto rest = line.substr(1);
  if (take_member(rest, R"("log":")")) {
    if (!rest.starts_with(',')) return false;
    rest.remove_prefix(1);
  }
  if (take_member(rest, R"("stream":")")) {
    if (!rest.starts_with(',')) return false;
    rest.remove_prefix(1);
  }
  constexpr std::string_view kAttributes = R"("attrs":)";
  if (rest.starts_with(kAttributes)) {
    rest.remove_prefix(kAttributes.size());
    if (!take_attributes(rest) || !rest.starts_with(',')) return false;
    rest.remove_prefix(1);
  }
  return take_member(rest, R"("time":")") && rest == "}" && time_of_record(line).has_value();
}

std::optional<std::size_t> find_record(std::string_view line) {
  for (auto at = line.rfind(kStart); at != std::string_view::npos; at = line.rfind(kStart, at - 1)) {
    if (is_record(line.substr(at))) return at;
    if (at == 0) break;
  }
  if (is_record(line)) return 0;
  return std::nullopt;
}

bool is_partial(std::string_view line) {
  constexpr std::string_view kStream = R"(,"stream":")";
  if (!line.starts_with(kStart)) return false;
  const auto stream = line.rfind(kStream);
  if (stream == std::string_view::npos) return false;
  // The text's closing quote stands before `stream`.
  const auto text = line.substr(0, stream - 1);
  if (!text.ends_with('n')) return true;
  const auto not_backslash = text.find_last_not_of('\\', text.size() - 2);
  return (text.size() - 2 - not_backslash) % 2 == 0;
}

std::size_t whole_messages(std::string_view lines) {
  constexpr std::string_view kStdout = R"("stream":"stdout")";
  auto cut = lines.size();
  bool saw_stdout = false;
  bool saw_stderr = false;
  auto end = lines.size();
  for (int looked = 0; looked < kLinesLookedBack && end > 0 && !(saw_stdout && saw_stderr); ++looked) {
    const auto start = start_of_last_line(lines.substr(0, end));
    const auto line = lines.substr(start, end - start - 1);
    bool& saw = line.rfind(kStdout) == std::string_view::npos ? saw_stderr : saw_stdout;
    if (!saw && is_partial(line)) {
      cut = start;
      saw_stdout = saw_stderr = false;
    } else {
      saw = true;
    }
    end = start;
  }
  return cut == 0 ? lines.size() : cut;
}

}  // namespace hakoban
