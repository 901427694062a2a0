#include "core/logs/forward_message.h"

#include <algorithm>
#include <array>

#include "core/logs/msgpack.h"

namespace hakoban {
namespace {

using Kind = MsgpackValue::Kind;

// Its type in EventTime: seconds and nanoseconds, u32 each.
constexpr std::int8_t kEventTime = 0;

std::uint32_t big_endian(std::string_view bytes) {
  std::uint32_t number = 0;
  for (const char byte : bytes) number = number << 8 | static_cast<unsigned char>(byte);
  return number;
}

bool is_text(const MsgpackValue& value) {
  return value.kind == Kind::text || value.kind == Kind::binary;
}

TimePoint from_seconds(double seconds) {
  constexpr double kMost = 9e9;  // beyond 2255: no such time
  return TimePoint{Duration{static_cast<std::int64_t>(std::clamp(seconds, 0.0, kMost) * 1e9)}};
}

std::optional<TimePoint> time_of(const MsgpackValue& value) {
  if (value.kind == Kind::integer)
    return TimePoint{std::chrono::seconds{std::clamp<std::int64_t>(value.integer, 0, 9'000'000'000)}};
  if (value.kind == Kind::floating && value.floating == value.floating) return from_seconds(value.floating);
  if (value.kind != Kind::extension || value.extension_type != kEventTime || value.bytes.size() != 8)
    return std::nullopt;
  return TimePoint{std::chrono::seconds{big_endian(value.bytes.substr(0, 4))}} +
         std::chrono::nanoseconds{big_endian(value.bytes.substr(4))};
}

// Reads one message; `problem` stands when the bytes are there but are not what they should be.
class MessageReader {
 public:
  explicit MessageReader(std::string_view bytes) : reader_(bytes) {}

  bool read(ForwardMessage& message) {
    const auto head = take("the message", Kind::array);
    if (!head) return false;
    if (head->count < 2 || head->count > 4) return wrong("an array of 2 to 4 is due");
    const auto tag = reader_.next();
    if (!tag) return false;
    if (!is_text(*tag)) return wrong("the tag is no text");
    message.tag = tag->bytes;
    const auto entries = reader_.next();
    if (!entries) return false;
    std::uint32_t used = 2;
    if (entries->kind == Kind::array) {
      if (!read_entries(reader_, entries->count, message)) return false;
    } else if (is_text(*entries)) {
      packed_ = entries->bytes;
    } else {
      if (head->count < 3) return wrong("a time without its record");
      if (!read_event(reader_, *entries, message)) return false;
      used = 3;
    }
    if (head->count > used && !read_option(message)) return false;
    if (head->count > used + 1) return wrong("more than an option follows");
    return read_packed(message);
  }

  [[nodiscard]] std::size_t position() const { return reader_.position(); }
  [[nodiscard]] const std::string& problem() const { return problem_; }
  [[nodiscard]] bool malformed() const {
    return !problem_.empty() || reader_.state() == MsgpackReader::State::malformed;
  }

 private:
  bool wrong(std::string what) {
    problem_ = std::move(what);
    return false;
  }

  std::optional<MsgpackValue> take(const char* what, Kind kind) {
    auto value = reader_.next();
    if (value && value->kind != kind) {
      problem_ = std::string{what} + " is of another type";
      return std::nullopt;
    }
    return value;
  }

  bool read_event(MsgpackReader& reader, const MsgpackValue& time, ForwardMessage& message) {
    ForwardEvent event;
    const auto at = time_of(time);
    if (!at) return wrong("the time is neither a number nor an EventTime");
    event.time = *at;
    const auto record = reader.next();
    if (!record) return false;
    if (record->kind != Kind::map) return wrong("the record is no map");
    for (std::uint32_t i = 0; i < record->count; ++i) {
      const auto key = reader.next();
      if (!key) return false;
      if (!is_text(*key)) return wrong("a key of the record is no text");
      const auto value = reader.next();
      if (!value) return false;
      if (is_text(*value)) {
        event.fields.emplace_back(key->bytes, value->bytes);
      } else if (value->kind == Kind::array || value->kind == Kind::map) {
        if (!skip_inside(reader, *value)) return false;
      }
    }
    message.events.push_back(std::move(event));
    return true;
  }

  static bool skip_inside(MsgpackReader& reader, const MsgpackValue& value) {
    const auto inside = std::uint64_t{value.count} * (value.kind == Kind::map ? 2 : 1);
    for (std::uint64_t i = 0; i < inside; ++i) {
      if (!reader.skip()) return false;
    }
    return true;
  }

  bool read_entry(MsgpackReader& reader, ForwardMessage& message) {
    const auto entry = reader.next();
    if (!entry) return false;
    if (entry->kind != Kind::array || entry->count != 2)
      return wrong("an entry is no pair of time and record");
    const auto time = reader.next();
    return time && read_event(reader, *time, message);
  }

  bool read_entries(MsgpackReader& reader, std::uint32_t count, ForwardMessage& message) {
    for (std::uint32_t i = 0; i < count; ++i) {
      if (!read_entry(reader, message)) return false;
    }
    return true;
  }

  bool read_packed(ForwardMessage& message) {
    MsgpackReader inner{packed_};
    while (inner.position() < packed_.size()) {
      if (read_entry(inner, message)) continue;
      return problem_.empty() ? wrong("the packed entries end within one") : false;
    }
    return true;
  }

  bool read_option(ForwardMessage& message) {
    const auto option = reader_.next();
    if (!option) return false;
    if (option->kind == Kind::nil) return true;
    if (option->kind != Kind::map) return wrong("the option is no map");
    for (std::uint32_t i = 0; i < option->count; ++i) {
      const auto key = reader_.next();
      if (!key) return false;
      const auto value = reader_.next();
      if (!value) return false;
      if (is_text(*key) && key->bytes == "chunk" && is_text(*value)) message.chunk = value->bytes;
      if (is_text(*key) && key->bytes == "compressed" && is_text(*value) && value->bytes != "text")
        return wrong("compressed entries are not served: turn the sender's compression off");
      if (!skip_inside_of(*value)) return false;
    }
    return true;
  }

  bool skip_inside_of(const MsgpackValue& value) {
    if (value.kind != Kind::array && value.kind != Kind::map) return true;
    return skip_inside(reader_, value);
  }

  MsgpackReader reader_;
  std::string_view packed_;
  std::string problem_;
};

constexpr std::array<std::string_view, 8> kOwnKeys{
    "log",        "source",          "container_id", "container_name", "partial_message",
    "partial_id", "partial_ordinal", "partial_last"};

void append_text(std::string& out, std::string_view text) {
  if (text.size() < 32) {
    out += static_cast<char>(0xa0 | text.size());
  } else if (text.size() < 256) {
    out += '\xd9';
    out += static_cast<char>(text.size());
  } else {
    out += '\xda';
    out += static_cast<char>(text.size() >> 8);
    out += static_cast<char>(text.size() & 0xff);
  }
  out += text;
}

}  // namespace

std::string_view ForwardEvent::field(std::string_view key) const {
  const auto found =
      std::find_if(fields.begin(), fields.end(), [&](const auto& each) { return each.first == key; });
  return found == fields.end() ? std::string_view{} : found->second;
}

ForwardLook first_forward_message(std::string_view bytes) {
  ForwardLook look;
  if (bytes.empty()) return look;
  MessageReader reader{bytes};
  const bool whole = reader.read(look.message);
  if (!whole && !reader.malformed()) return {};
  look.kind = whole ? ForwardLook::Kind::whole : ForwardLook::Kind::malformed;
  look.size = whole ? reader.position() : 0;
  if (!whole) look.problem = reader.problem().empty() ? "not MessagePack" : reader.problem();
  if (whole && look.message.chunk.size() > 0xffff) {
    look.kind = ForwardLook::Kind::malformed;
    look.problem = "the chunk's name is longer than 65535 bytes";
  }
  return look;
}

std::string forward_ack(std::string_view chunk) {
  std::string reply{
      "\x81\xa3"
      "ack"};
  append_text(reply, chunk);
  return reply;
}

LogRecord record_of(const ForwardEvent& event) {
  LogRecord record;
  record.time = event.time;
  record.text = event.field("log");
  if (const auto source = event.field("source"); !source.empty()) record.stream = source;
  record.ends_line = event.field("partial_message") != "true" || event.field("partial_last") == "true";
  for (const auto& field : event.fields) {
    const bool own = std::find(kOwnKeys.begin(), kOwnKeys.end(), field.first) != kOwnKeys.end();
    if (!own) record.attributes.push_back(field);
  }
  return record;
}

}  // namespace hakoban
