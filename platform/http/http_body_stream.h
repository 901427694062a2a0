// The body of an answer that is made while it is sent.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace hakoban {

// For one thread at a time.
class HttpBodyStream {
 public:
  virtual ~HttpBodyStream() = default;

  // The next part, not empty, valid until the next call; waits for it. Nothing: that was all. What it throws
  // ends the connection, so that the client sees that something is missing.
  [[nodiscard]] virtual std::optional<std::string_view> next() = 0;
};

// All of it.
[[nodiscard]] inline std::string gather(HttpBodyStream& stream) {
  std::string body;
  while (const auto part = stream.next()) body += *part;
  return body;
}

}  // namespace hakoban
