// Reads AWS's XML answers: what is missing or of another form is simply not there.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

#include <pugixml.hpp>

namespace hakoban {

[[nodiscard]] inline std::optional<std::int64_t> integer_in(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc{}) return std::nullopt;
  // EC2 writes some whole numbers as "4.0".
  const std::string_view rest{end, static_cast<std::size_t>(text.data() + text.size() - end)};
  if (!rest.empty() && (rest.front() != '.' || rest.find_first_not_of('0', 1) != std::string_view::npos))
    return std::nullopt;
  return number;
}

[[nodiscard]] inline std::optional<std::int64_t> integer_in(const pugi::xml_node& parent, const char* name) {
  return integer_in(parent.child_value(name));
}

}  // namespace hakoban
