// The few forms in which the kernel writes numbers into cgroup and proc files.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

namespace hakoban::kernel_text {

// Takes the text before the first `separator`; all of it when there is none.
inline std::string_view take_until(std::string_view& rest, char separator) {
  const auto end = rest.find(separator);
  const auto taken = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return taken;
}

// The next word; "" when none is left.
inline std::string_view take_word(std::string_view& rest) {
  while (!rest.empty() && (rest.front() == ' ' || rest.front() == '\t')) rest.remove_prefix(1);
  std::size_t end = 0;
  while (end < rest.size() && rest[end] != ' ' && rest[end] != '\t') ++end;
  const auto word = rest.substr(0, end);
  rest.remove_prefix(end);
  return word;
}

// Digits and nothing else.
inline std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// A file that is one number and a newline.
inline std::optional<std::uint64_t> single_number(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  return number(text);
}

// Calls `take(key, value)` for each "key value" line. False when a line is not of that form.
template <class Take>
bool for_each_pair(std::string_view text, Take take) {
  while (!text.empty()) {
    auto line = take_until(text, '\n');
    const auto key = take_until(line, ' ');
    const auto value = number(line);
    if (!value) return false;
    take(key, *value);
  }
  return true;
}

}  // namespace hakoban::kernel_text
