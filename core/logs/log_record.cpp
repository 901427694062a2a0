#include "core/logs/log_record.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include <fmt/format.h>

namespace hakoban {
namespace {

constexpr std::string_view kDigits = "0123456789abcdef";
constexpr std::string_view kReplacement = "\\ufffd";

// What stands for itself between quotes. '<', '>' and '&' do not: Docker escapes them.
constexpr std::array<bool, 256> kPlain = [] {
  std::array<bool, 256> plain{};
  for (std::size_t byte = 0x20; byte < 0x80; ++byte) plain[byte] = true;
  for (const char special : {'"', '\\', '<', '>', '&'}) plain[static_cast<unsigned char>(special)] = false;
  return plain;
}();

void append_escape(std::string& out, unsigned char byte) {
  switch (byte) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    default:
      break;
  }
  out += "\\u00";
  out += kDigits[byte >> 4];
  out += kDigits[byte & 0xf];
}

// Bytes of the UTF-8 character at the front; 0 when there is none (RFC 3629: no overlong forms, no
// surrogates).
std::size_t character_size(std::string_view text) {
  const auto at = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const auto first = at(0);
  const auto second_within = [&](unsigned low, unsigned high) { return at(1) >= low && at(1) <= high; };
  const auto follows = [&](std::size_t i) { return (at(i) & 0xc0U) == 0x80U; };
  if (first >= 0xc2 && first <= 0xdf) return follows(1) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    const bool good = second_within(first == 0xe0 ? 0xa0 : 0x80, first == 0xed ? 0x9f : 0xbf);
    return good && follows(2) ? 3 : 0;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    const bool good = second_within(first == 0xf0 ? 0x90 : 0x80, first == 0xf4 ? 0x8f : 0xbf);
    return good && follows(2) && follows(3) ? 4 : 0;
  }
  return 0;
}

void append_string(std::string& out, std::string_view text) {
  out += '"';
  append_json_text(out, text);
  out += '"';
}

}  // namespace

std::string format_record_time(TimePoint time) {
  // The scanner of records (core/logs/json_record.h) takes no later year for a time.
  constexpr TimePoint kLast{std::chrono::sys_days{std::chrono::year{2200} / 12 / 31}};
  const auto shown = std::clamp(time, TimePoint{}, kLast);
  const auto seconds = std::chrono::floor<std::chrono::seconds>(shown);
  const auto clock = (seconds - std::chrono::floor<std::chrono::days>(seconds)).count();
  auto text =
      fmt::format("{}T{:02}:{:02}:{:02}", format_date(shown), clock / 3600, clock / 60 % 60, clock % 60);
  if (const auto nanoseconds = (shown - seconds).count(); nanoseconds != 0) {
    text += fmt::format(".{:09}", nanoseconds);
    text.erase(text.find_last_not_of('0') + 1);
  }
  return text += 'Z';
}

void append_json_text(std::string& out, std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    std::size_t plain = at;
    while (plain < text.size() && kPlain[static_cast<unsigned char>(text[plain])]) ++plain;
    out.append(text, at, plain - at);
    at = plain;
    if (at == text.size()) return;
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte < 0x80) {
      append_escape(out, byte);
      ++at;
    } else if (const auto size = character_size(text.substr(at)); size > 0) {
      out.append(text, at, size);
      at += size;
    } else {
      out += kReplacement;
      ++at;
    }
  }
}

void append_record(std::string& out, const LogRecord& record) {
  out += R"({"log":")";
  append_json_text(out, record.text);
  out += record.ends_line ? R"(\n","stream":)" : R"(","stream":)";
  append_string(out, record.stream);
  if (!record.attributes.empty()) {
    out += R"(,"attrs":)";
    char before = '{';
    for (const auto& [key, value] : record.attributes) {
      out += before;
      append_string(out, key);
      out += ':';
      append_string(out, value);
      before = ',';
    }
    out += '}';
  }
  out += R"(,"time":")";
  out += format_record_time(record.time);
  out += "\"}\n";
}

}  // namespace hakoban
