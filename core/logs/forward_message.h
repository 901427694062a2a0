// One message of the Fluentd forward protocol, as Docker's fluentd driver and fluent-bit send it: an array
//   [tag, time, record, option?]            message mode: what Docker sends
//   [tag, [[time, record], …], option?]     forward mode
//   [tag, packed [time, record] …, option?] packed forward mode, not compressed
// Source: https://github.com/fluent/fluentd/wiki/Forward-Protocol-Specification-v1 and moby,
// daemon/logger/fluentd/fluentd.go.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/logs/log_record.h"

namespace hakoban {

// Points into the message. Values that are not text are left out.
struct ForwardEvent {
  TimePoint time{};
  LogAttributes fields;

  // "" when there is none.
  [[nodiscard]] std::string_view field(std::string_view key) const;
};

struct ForwardMessage {
  std::string_view tag;
  std::vector<ForwardEvent> events;
  std::string_view chunk;  // "": no acknowledgement is wanted
};

struct ForwardLook {
  enum class Kind {
    whole,
    incomplete,  // more bytes may complete it
    malformed,   // not this protocol, or a form of it that is not served: `problem` says which
  } kind = Kind::incomplete;
  std::size_t size = 0;  // of a whole message
  ForwardMessage message;
  std::string problem;
};

// The message at the front of `bytes`.
[[nodiscard]] ForwardLook first_forward_message(std::string_view bytes);

// {"ack": chunk}
[[nodiscard]] std::string forward_ack(std::string_view chunk);

// The record of an event that Docker's driver sent. Its own keys become what they mean; labels and
// environment values become attributes.
[[nodiscard]] LogRecord record_of(const ForwardEvent& event);

}  // namespace hakoban
