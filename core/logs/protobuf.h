// Reads the wire format of protocol buffers, field by field, without a schema.
// Source: https://protobuf.dev/programming-guides/encoding/
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace hakoban {

struct ProtobufField {
  enum class Kind { varint, bytes, fixed };
  std::uint64_t number = 0;
  Kind kind = Kind::varint;
  std::uint64_t varint = 0;
  std::string_view bytes;  // points into the message
};

class ProtobufReader {
 public:
  explicit ProtobufReader(std::string_view message) : rest_(message) {}

  // Nothing: the message is at its end, or is damaged. Groups, which nobody writes any more, count as damage.
  [[nodiscard]] std::optional<ProtobufField> next();

  // Once next() gave nothing: whether the message was read to its end.
  [[nodiscard]] bool ok() const { return ok_; }

 private:
  [[nodiscard]] std::optional<std::uint64_t> take_varint();
  [[nodiscard]] std::optional<std::string_view> take_bytes(std::uint64_t size);

  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace hakoban
