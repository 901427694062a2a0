#include "core/logs/local_entry.h"

#include <fmt/format.h>

#include "core/logs/protobuf.h"

namespace hakoban {
namespace {

constexpr std::size_t kLengthBytes = 4;

std::size_t big_endian(std::string_view bytes) {
  std::size_t number = 0;
  for (const char byte : bytes.substr(0, kLengthBytes))
    number = number << 8 | static_cast<unsigned char>(byte);
  return number;
}

struct Partial {
  bool partial = false;
  bool last = false;
};

Result<void> read_partial_metadata(std::string_view message, Partial& partial) {
  ProtobufReader reader{message};
  while (const auto field = reader.next()) {
    if (field->number == 1 && field->kind == ProtobufField::Kind::varint) partial.last = field->varint != 0;
  }
  return reader.ok() ? Result<void>{} : Error{Errc::malformed, "partial_log_metadata is no protobuf message"};
}

// "key=value" pairs of the extra attributes that newer engines write.
Result<void> read_attribute(std::string_view message, LogRecord& record) {
  ProtobufReader reader{message};
  std::string_view key;
  std::string_view value;
  while (const auto field = reader.next()) {
    if (field->kind != ProtobufField::Kind::bytes) continue;
    if (field->number == 1) key = field->bytes;
    if (field->number == 2) value = field->bytes;
  }
  if (!reader.ok()) return Error{Errc::malformed, "an attribute is no protobuf message"};
  if (!key.empty()) record.attributes.emplace_back(key, value);
  return {};
}

Result<void> take_field(const ProtobufField& field, LogRecord& record, Partial& partial, bool& has_source) {
  using Kind = ProtobufField::Kind;
  if (field.number == 1 && field.kind == Kind::bytes) {
    record.stream = field.bytes;
    has_source = true;
  }
  if (field.number == 2 && field.kind == Kind::varint)
    record.time = TimePoint{Duration{static_cast<std::int64_t>(field.varint)}};
  if (field.number == 3 && field.kind == Kind::bytes) record.text = field.bytes;
  if (field.number == 4 && field.kind == Kind::varint) partial.partial = field.varint != 0;
  if (field.number == 5 && field.kind == Kind::bytes) return read_partial_metadata(field.bytes, partial);
  if (field.number == 6 && field.kind == Kind::bytes) return read_attribute(field.bytes, record);
  return {};
}

}  // namespace

LocalFrame first_local_frame(std::string_view bytes) {
  if (bytes.size() < kLengthBytes) return {};
  const auto length = big_endian(bytes);
  if (length == 0 || length > kMaxLocalEntryBytes) return {LocalFrame::Kind::damaged, 0, {}};
  const auto size = length + 2 * kLengthBytes;
  if (bytes.size() < size) return {};
  if (big_endian(bytes.substr(kLengthBytes + length)) != length) return {LocalFrame::Kind::damaged, 0, {}};
  return {LocalFrame::Kind::whole, size, bytes.substr(kLengthBytes, length)};
}

std::size_t next_local_frame(std::string_view bytes) {
  for (std::size_t at = 1; at < bytes.size(); ++at) {
    const auto frame = first_local_frame(bytes.substr(at));
    if (frame.kind == LocalFrame::Kind::whole && read_local_entry(frame.message)) return at;
  }
  return bytes.size();
}

Result<LogRecord> read_local_entry(std::string_view message) {
  LogRecord record;
  Partial partial;
  bool has_source = false;
  ProtobufReader reader{message};
  while (const auto field = reader.next()) {
    if (auto taken = take_field(*field, record, partial, has_source); !taken) return taken.error();
  }
  if (!reader.ok()) return Error{Errc::malformed, "a log entry is no protobuf message"};
  if (!has_source) return Error{Errc::malformed, "a log entry without its source"};
  record.ends_line = !partial.partial || partial.last;
  return record;
}

}  // namespace hakoban
