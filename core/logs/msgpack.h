// Reads MessagePack values in place, one after the other. Nothing is copied, and nothing that a peer says
// about sizes is believed before the bytes are there.
// Source: https://github.com/msgpack/msgpack/blob/master/spec.md
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace hakoban {

struct MsgpackValue {
  enum class Kind { nil, boolean, integer, floating, text, binary, array, map, extension } kind = Kind::nil;
  std::int64_t integer = 0;  // also a boolean's; unsigned numbers above INT64_MAX become that
  double floating = 0;
  std::string_view bytes;   // of text, binary and extension
  std::uint32_t count = 0;  // elements that follow: of an array its values, of a map its pairs
  std::int8_t extension_type = 0;
};

class MsgpackReader {
 public:
  explicit MsgpackReader(std::string_view bytes) : bytes_(bytes) {}

  // One value; of an array or map its head alone. Nothing: see state().
  [[nodiscard]] std::optional<MsgpackValue> next();

  // Passes over one whole value with all that is in it. False: see state().
  [[nodiscard]] bool skip();

  enum class State {
    fine,
    incomplete,  // the bytes end within a value
    malformed,   // no such value exists, or it is nested deeper than kMaxDepth
  };
  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] std::size_t position() const { return at_; }

  static constexpr int kMaxDepth = 16;

 private:
  [[nodiscard]] std::optional<std::uint64_t> take_number(std::size_t size);
  [[nodiscard]] std::optional<MsgpackValue> take_bytes(MsgpackValue::Kind kind,
                                                       std::optional<std::uint64_t> size);
  [[nodiscard]] std::optional<MsgpackValue> take_extension(std::optional<std::uint64_t> size);
  [[nodiscard]] std::optional<MsgpackValue> take_integer(std::size_t size, bool is_signed);
  [[nodiscard]] std::optional<MsgpackValue> take_floating(std::size_t size);
  [[nodiscard]] std::optional<MsgpackValue> take_wide(unsigned head);
  [[nodiscard]] bool skip_nested(int depth);

  const std::string_view bytes_;
  std::size_t at_ = 0;
  State state_ = State::fine;
};

}  // namespace hakoban
