// Messages of the forward protocol, put together from MessagePack values.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hakoban::forward {

inline std::string big_endian(std::uint64_t number, int bytes) {
  std::string out;
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) out += static_cast<char>(number >> shift);
  return out;
}

inline std::string text(std::string_view value) {
  if (value.size() < 32) return static_cast<char>(0xa0 | value.size()) + std::string{value};
  return "\xdb" + big_endian(value.size(), 4) + std::string{value};
}

inline std::string binary(std::string_view value) {
  return "\xc6" + big_endian(value.size(), 4) + std::string{value};
}

inline std::string unsigned32(std::uint32_t number) {
  return "\xce" + big_endian(number, 4);
}

inline std::string event_time(std::uint32_t seconds, std::uint32_t nanoseconds) {
  return std::string{"\xd7\0", 2} + big_endian(seconds, 4) + big_endian(nanoseconds, 4);
}

inline std::string array(const std::vector<std::string>& values) {
  std::string out = "\xdc" + big_endian(values.size(), 2);
  for (const auto& value : values) out += value;
  return out;
}

inline std::string map(const std::vector<std::pair<std::string_view, std::string_view>>& pairs) {
  std::string out = "\xde" + big_endian(pairs.size(), 2);
  for (const auto& [key, value] : pairs) out += text(key) + text(value);
  return out;
}

struct DockerLine {
  std::string_view tag = "docker";
  std::string_view container_id;
  std::string_view source = "stdout";
  std::string_view log;
  std::uint32_t seconds = 1'700'000'000;
};

// As fluent-logger-golang encodes a line of Docker's driver; `option`: a whole value, "" for an empty map.
inline std::string docker_line(const DockerLine& line, std::string_view option = {}) {
  return array({text(line.tag), unsigned32(line.seconds),
                map({{"container_id", line.container_id},
                     {"container_name", "/name"},
                     {"source", line.source},
                     {"log", line.log}}),
                option.empty() ? map({}) : std::string{option}});
}

}  // namespace hakoban::forward
