// Listens for byte streams on TCP and Unix sockets, all of them in the calling thread. HTTP has its own
// server (platform/http/http_server.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/time.h"
#include "platform/http/listen_address.h"

namespace hakoban {

using ConnectionId = std::uint64_t;

struct StreamLimits {
  std::size_t connections = 4096;        // more are closed at once
  std::size_t received_bytes = 8 << 20;  // of one connection, that nobody took; it is not read beyond it
  std::size_t unsent_bytes = 1 << 20;    // of one connection; a peer that reads so little is closed
};

// For one thread; the port numbers for any.
class StreamServer {
 public:
  explicit StreamServer(std::vector<ListenAddress> addresses, StreamLimits limits = {});
  ~StreamServer();
  StreamServer(const StreamServer&) = delete;
  StreamServer& operator=(const StreamServer&) = delete;

  // A Unix socket that a dead process left is replaced. Errors: denied, unavailable (in use).
  [[nodiscard]] Result<void> bind();

  struct Ready {
    ConnectionId id = 0;
    std::string* received = nullptr;  // take from its front; valid until the next call of any method
    bool ended = false;  // the peer will send no more; it is gone with the next call that does not hold
  };

  // Accepts and reads. Returns the connections that new bytes came from, or that ended. Waits for one at most
  // `patience`, or until `stop`; `patience` 0 takes what is there. `hold`: accepts and reads nothing, so that
  // peers wait; returns the connections with bytes that nobody took, ended ones too.
  [[nodiscard]] std::vector<Ready> wait(Duration patience, bool hold, const std::stop_token& stop);

  // Sends as the peer takes it. A connection that is gone is no error: nobody waits for the bytes.
  void send(ConnectionId id, std::string_view bytes);

  void close(ConnectionId id);

  // Accepts no more; open connections go on.
  void stop_accepting();

  [[nodiscard]] std::size_t connections() const;
  // Of the TCP addresses, in their order.
  [[nodiscard]] std::vector<std::uint16_t> bound_ports() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hakoban
