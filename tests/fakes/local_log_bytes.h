// Bytes as Docker's `local` driver writes them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace hakoban {

struct LocalEntryParts {
  std::string source = "stdout";
  std::int64_t time_nano = 1'700'000'000'000'000'000;
  std::string line;
  bool partial = false;
  bool last = false;
  std::string id = "5b1e";
  int ordinal = 1;
};

inline void put_varint(std::string& out, std::uint64_t number) {
  for (; number >= 0x80; number >>= 7) out += static_cast<char>(number | 0x80);
  out += static_cast<char>(number);
}

inline void put_bytes(std::string& out, int field, std::string_view bytes) {
  put_varint(out, static_cast<std::uint64_t>(field) << 3 | 2);
  put_varint(out, bytes.size());
  out += bytes;
}

inline void put_number(std::string& out, int field, std::uint64_t number) {
  put_varint(out, static_cast<std::uint64_t>(field) << 3);
  put_varint(out, number);
}

inline std::string local_entry(const LocalEntryParts& parts) {
  std::string entry;
  put_bytes(entry, 1, parts.source);
  put_number(entry, 2, static_cast<std::uint64_t>(parts.time_nano));
  if (!parts.line.empty()) put_bytes(entry, 3, parts.line);  // proto3 leaves out what is empty
  if (!parts.partial) return entry;
  put_number(entry, 4, 1);
  std::string metadata;
  if (parts.last) put_number(metadata, 1, 1);
  put_bytes(metadata, 2, parts.id);
  put_number(metadata, 3, static_cast<std::uint64_t>(parts.ordinal));
  put_bytes(entry, 5, metadata);
  return entry;
}

inline std::string local_frame(const LocalEntryParts& parts) {
  const auto entry = local_entry(parts);
  std::string length;
  for (int shift = 24; shift >= 0; shift -= 8) length += static_cast<char>(entry.size() >> shift);
  return length + entry + length;
}

}  // namespace hakoban
