#include "core/logs/protobuf.h"

namespace hakoban {

std::optional<std::uint64_t> ProtobufReader::take_varint() {
  std::uint64_t number = 0;
  for (unsigned shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    number |= static_cast<std::uint64_t>(byte & 0x7fU) << shift;
    if ((byte & 0x80U) == 0) return number;
  }
  return std::nullopt;
}

std::optional<std::string_view> ProtobufReader::take_bytes(std::uint64_t size) {
  if (size > rest_.size()) return std::nullopt;
  const auto bytes = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return bytes;
}

std::optional<ProtobufField> ProtobufReader::next() {
  if (!ok_ || rest_.empty()) return std::nullopt;
  ok_ = false;
  const auto tag = take_varint();
  if (!tag || (*tag >> 3) == 0) return std::nullopt;
  ProtobufField field;
  field.number = *tag >> 3;
  std::optional<std::uint64_t> size;
  switch (*tag & 7) {
    case 0: {
      const auto number = take_varint();
      if (!number) return std::nullopt;
      field.varint = *number;
      ok_ = true;
      return field;
    }
    case 1:
      size = 8;
      break;
    case 2:
      size = take_varint();
      break;
    case 5:
      size = 4;
      break;
    default:
      break;
  }
  if (!size) return std::nullopt;
  const auto bytes = take_bytes(*size);
  if (!bytes) return std::nullopt;
  field.kind = (*tag & 7) == 2 ? ProtobufField::Kind::bytes : ProtobufField::Kind::fixed;
  field.bytes = *bytes;
  ok_ = true;
  return field;
}

}  // namespace hakoban
