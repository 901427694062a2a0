#include "core/logs/json_record.h"

#include <cstring>

namespace hakoban {
namespace {

constexpr std::string_view kStart = R"({"log":")";
constexpr std::string_view kStream = R"(,"stream":")";
constexpr std::string_view kAttributes = R"(,"attrs":{)";
constexpr std::string_view kTime = R"(,"time":")";
constexpr std::string_view kEnd = R"(Z"})";
constexpr std::string_view kMark = R"("hakoban_partial":"true")";
constexpr std::size_t kDateSize = 10;
constexpr std::size_t kClockSize = 8;            // "20:52:58"
constexpr std::size_t kStreamSize = 11 + 6 + 1;  // `,"stream":"stdout"`

// The first digit of the time. Between 'T' and 'Z' stands "hh:mm:ss", or that, a dot and one to nine digits.
std::optional<std::size_t> find_time(std::string_view line) {
  if (!line.ends_with(kEnd)) return std::nullopt;
  const auto zone = line.size() - kEnd.size();
  const auto try_width = [&](std::size_t width) -> std::optional<std::size_t> {
    const auto before = kTime.size() + kDateSize + 1 + width;
    if (zone < before || line[zone - width - 1] != 'T') return std::nullopt;
    if (line.substr(zone - before, kTime.size()) != kTime) return std::nullopt;
    return zone - before + kTime.size();
  };
  for (std::size_t digits = 9; digits > 0; --digits) {
    if (const auto found = try_width(kClockSize + 1 + digits)) return found;
  }
  return try_width(kClockSize);
}

// Whether the text that ends before `end` lacks its newline, which stands as a backslash and an n.
bool lacks_newline(std::string_view line, std::size_t end) {
  if (end < 2 || line[end - 1] != 'n' || line[end - 2] != '\\') return true;
  std::size_t backslashes = 1;
  while (end - 2 - backslashes < end && line[end - 2 - backslashes] == '\\') ++backslashes;
  return backslashes % 2 == 0;
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

bool take_char(std::string_view& rest, char c) {
  if (!rest.starts_with(c)) return false;
  rest.remove_prefix(1);
  return true;
}

// Takes `{"k":"v",…}`, strings alone, off the front.
bool take_attributes(std::string_view& rest) {
  if (!take_char(rest, '{')) return false;
  while (take_member(rest, "\"") && take_member(rest, ":\"")) {
    if (take_char(rest, '}')) return true;
    if (!take_char(rest, ',')) return false;
  }
  return false;
}

}  // namespace

std::optional<RecordTail> quick_look(std::string_view line) {
  if (!line.starts_with(kStart)) return std::nullopt;
  const auto time = find_time(line);
  if (!time) return std::nullopt;
  auto before = line.substr(0, *time - kTime.size());
  if (before.ends_with('}')) before = before.substr(0, before.rfind(kAttributes));
  if (before.size() < kStart.size() + 1 + kStreamSize) return std::nullopt;
  const auto stream = before.size() - kStreamSize;
  if (before.substr(stream, kStream.size()) != kStream || before.back() != '"') return std::nullopt;
  const auto name = before.substr(stream + kStream.size(), 6);
  if (name != "stdout" && name != "stderr") return std::nullopt;
  const auto text_end = stream - 1;
  if (before[text_end] != '"') return std::nullopt;
  // An unescaped quote after a brace starts a record: in the text, and in attributes' values, it is escaped.
  const char* const end = line.data() + text_end;
  for (const char* at = line.data() + kStart.size();; ++at) {
    at = static_cast<const char*>(std::memchr(at, '{', static_cast<std::size_t>(end - at)));
    if (at == nullptr) break;
    if (at[1] == '"' && at + 1 != end) return std::nullopt;
  }
  return RecordTail{text_end, *time, name == "stderr", lacks_newline(line, text_end)};
}

std::optional<RecordTail> strict_look(std::string_view line) {
  auto rest = line;
  if (!take_char(rest, '{')) return std::nullopt;
  RecordTail tail;
  if (take_member(rest, kStart.substr(1))) {
    if (!take_char(rest, ',')) return std::nullopt;
    tail.text_end = line.size() - rest.size() - 2;
    tail.partial = lacks_newline(line.substr(kStart.size()), tail.text_end - kStart.size());
  }
  tail.is_stderr = rest.starts_with(R"("stream":"stderr")");
  if (take_member(rest, kStream.substr(1)) && !take_char(rest, ',')) return std::nullopt;
  constexpr auto kAttributesKey = kAttributes.substr(1, kAttributes.size() - 2);
  if (rest.starts_with(kAttributesKey)) {
    rest.remove_prefix(kAttributesKey.size());
    if (!take_attributes(rest) || !take_char(rest, ',')) return std::nullopt;
  }
  if (!take_member(rest, kTime.substr(1)) || rest != "}") return std::nullopt;
  if (!time_of_record(line)) return std::nullopt;
  tail.time = *find_time(line);
  return tail;
}

std::optional<std::size_t> find_record(std::string_view line) {
  for (auto at = line.rfind(kStart); at != std::string_view::npos; at = line.rfind(kStart, at - 1)) {
    if (strict_look(line.substr(at))) return at;
    if (at == 0) break;
  }
  if (strict_look(line)) return 0;
  return std::nullopt;
}

std::string_view date_at(std::string_view line, const RecordTail& tail) {
  return line.substr(tail.time, kDateSize);
}

std::string_view time_at(std::string_view line, const RecordTail& tail) {
  return line.substr(tail.time, line.size() - tail.time - kEnd.size() + 1);
}

std::optional<TimePoint> time_of_record(std::string_view line) {
  const auto at = find_time(line);
  if (!at) return std::nullopt;
  const auto time = parse_rfc3339(time_at(line, {0, *at, false, false}));
  if (!time) return std::nullopt;
  return *time;
}

std::string marked_as_cut(std::string_view end_of_line) {
  std::string marked{end_of_line};
  const auto attributes = marked.rfind(kAttributes);
  if (attributes != std::string::npos) {
    marked.insert(attributes + kAttributes.size(), std::string{kMark} + ",");
    return marked;
  }
  const auto time = marked.rfind(kTime);
  if (time != std::string::npos) marked.insert(time, std::string{kAttributes} + std::string{kMark} + "}");
  return marked;
}

}  // namespace hakoban
