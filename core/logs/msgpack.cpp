#include "core/logs/msgpack.h"

#include <algorithm>
#include <bit>
#include <limits>

namespace hakoban {
namespace {

using Kind = MsgpackValue::Kind;

MsgpackValue container(Kind kind, std::uint64_t count) {
  MsgpackValue value;
  value.kind = kind;
  value.count = static_cast<std::uint32_t>(count);
  return value;
}

MsgpackValue integer(std::int64_t number, Kind kind = Kind::integer) {
  MsgpackValue value;
  value.kind = kind;
  value.integer = number;
  return value;
}

std::int64_t with_sign(std::uint64_t number, std::size_t size) {
  const auto unused = 64 - 8 * size;
  return static_cast<std::int64_t>(number << unused) >> unused;
}

}  // namespace

// Big-endian.
std::optional<std::uint64_t> MsgpackReader::take_number(std::size_t size) {
  if (bytes_.size() - at_ < size) {
    state_ = State::incomplete;
    return std::nullopt;
  }
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < size; ++i) number = number << 8 | static_cast<unsigned char>(bytes_[at_ + i]);
  at_ += size;
  return number;
}

std::optional<MsgpackValue> MsgpackReader::take_bytes(Kind kind, std::optional<std::uint64_t> size) {
  if (!size) return std::nullopt;
  if (bytes_.size() - at_ < *size) {
    state_ = State::incomplete;
    return std::nullopt;
  }
  MsgpackValue value;
  value.kind = kind;
  value.bytes = bytes_.substr(at_, *size);
  at_ += *size;
  return value;
}

std::optional<MsgpackValue> MsgpackReader::take_extension(std::optional<std::uint64_t> size) {
  if (!size) return std::nullopt;
  const auto type = take_number(1);
  if (!type) return std::nullopt;
  auto value = take_bytes(Kind::extension, size);
  if (value) value->extension_type = static_cast<std::int8_t>(*type);
  return value;
}

std::optional<MsgpackValue> MsgpackReader::take_integer(std::size_t size, bool is_signed) {
  const auto number = take_number(size);
  if (!number) return std::nullopt;
  if (is_signed) return integer(with_sign(*number, size));
  constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();
  return integer(static_cast<std::int64_t>(std::min(*number, kMost)));
}

std::optional<MsgpackValue> MsgpackReader::take_floating(std::size_t size) {
  const auto bits = take_number(size);
  if (!bits) return std::nullopt;
  MsgpackValue value;
  value.kind = Kind::floating;
  value.floating = size == 4 ? static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(*bits)))
                             : std::bit_cast<double>(*bits);
  return value;
}

// Heads from 0xc0 to 0xdf, whose value or size follows them.
std::optional<MsgpackValue> MsgpackReader::take_wide(unsigned head) {
  const auto counted = [&](Kind kind, std::size_t size) -> std::optional<MsgpackValue> {
    const auto count = take_number(size);
    if (!count) return std::nullopt;
    return container(kind, *count);
  };
  switch (head) {
    case 0xc0:
      return MsgpackValue{};
    case 0xc2:
    case 0xc3:
      return integer(head == 0xc3 ? 1 : 0, Kind::boolean);
    case 0xc4:
    case 0xc5:
    case 0xc6:
      return take_bytes(Kind::binary, take_number(std::size_t{1} << (head - 0xc4)));
    case 0xc7:
    case 0xc8:
    case 0xc9:
      return take_extension(take_number(std::size_t{1} << (head - 0xc7)));
    case 0xca:
    case 0xcb:
      return take_floating(head == 0xca ? 4 : 8);
    case 0xcc:
    case 0xcd:
    case 0xce:
    case 0xcf:
      return take_integer(std::size_t{1} << (head - 0xcc), false);
    case 0xd0:
    case 0xd1:
    case 0xd2:
    case 0xd3:
      return take_integer(std::size_t{1} << (head - 0xd0), true);
    case 0xd4:
    case 0xd5:
    case 0xd6:
    case 0xd7:
    case 0xd8:
      return take_extension(std::uint64_t{1} << (head - 0xd4));
    case 0xd9:
    case 0xda:
    case 0xdb:
      return take_bytes(Kind::text, take_number(std::size_t{1} << (head - 0xd9)));
    case 0xdc:
    case 0xdd:
      return counted(Kind::array, head == 0xdc ? 2 : 4);
    case 0xde:
    case 0xdf:
      return counted(Kind::map, head == 0xde ? 2 : 4);
    default:
      break;  // 0xc1 is never used
  }
  state_ = State::malformed;
  return std::nullopt;
}

std::optional<MsgpackValue> MsgpackReader::next() {
  if (state_ != State::fine) return std::nullopt;
  const auto head = take_number(1);
  if (!head) return std::nullopt;
  if (*head <= 0x7f) return integer(static_cast<std::int64_t>(*head));
  if (*head <= 0x8f) return container(Kind::map, *head & 0xf);
  if (*head <= 0x9f) return container(Kind::array, *head & 0xf);
  if (*head <= 0xbf) return take_bytes(Kind::text, *head & 0x1f);
  if (*head >= 0xe0) return integer(static_cast<std::int64_t>(*head) - 0x100);
  return take_wide(static_cast<unsigned>(*head));
}

bool MsgpackReader::skip() {
  return skip_nested(0);
}

bool MsgpackReader::skip_nested(int depth) {
  if (depth > kMaxDepth) {
    state_ = State::malformed;
    return false;
  }
  const auto value = next();
  if (!value) return false;
  const bool nested = value->kind == Kind::array || value->kind == Kind::map;
  const std::uint64_t inside = nested ? std::uint64_t{value->count} * (value->kind == Kind::map ? 2 : 1) : 0;
  for (std::uint64_t i = 0; i < inside; ++i) {
    if (!skip_nested(depth + 1)) return false;
  }
  return true;
}

}  // namespace hakoban
