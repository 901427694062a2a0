// Takes the place of a fluentd on this host: containers with Docker's fluentd driver send their lines here.
// They go to the spool, each container's to its own log; where the sender asks for it (fluentd-request-ack),
// a message is acknowledged once it is on disk, and one that it sends again after that is not written again.
//
// What cannot be spooled is not read: the sender waits.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include "collectors/spool/spool.h"
#include "core/logs/forward_message.h"
#include "platform/clock.h"
#include "platform/stream_server.h"

namespace hakoban {

struct ForwardConfig {
  std::vector<std::string> listen;  // "127.0.0.1:24224", "unix:/run/fluent.sock"; none: it does not listen
};

class ForwardListener {
 public:
  // All references must outlive it. `addresses`: parsed already.
  ForwardListener(Spool& spool, const Clock& clock, prometheus::Registry& registry,
                  std::vector<ListenAddress> addresses);
  ~ForwardListener();

  // Errors: denied, unavailable (in use).
  [[nodiscard]] Result<void> bind();

  // Until `stop`; then takes what has arrived by then, and ends.
  void run(const std::stop_token& stop);

  // One look at all connections; at most `patience`.
  void turn(Duration patience, const std::stop_token& stop);

  [[nodiscard]] std::vector<std::uint16_t> bound_ports() const { return server_.bound_ports(); }

 private:
  struct Ack {
    ConnectionId connection = 0;
    std::string chunk;
    std::string stream;
  };
  struct Answered {
    SteadyPoint at;
    std::string stream;
  };

  [[nodiscard]] bool take(const StreamServer::Ready& ready);
  [[nodiscard]] bool spool_message(ConnectionId connection, const ForwardMessage& message);
  [[nodiscard]] bool flush_lines();
  void acknowledge();
  void send_answers(bool at_once);
  void refuse(ConnectionId connection, const std::string& problem);

  Spool& spool_;
  const Clock& clock_;
  StreamServer server_;
  prometheus::Counter& messages_;
  prometheus::Counter& records_;
  prometheus::Counter& repeated_;
  prometheus::Counter& malformed_;
  prometheus::Gauge& connections_;
  std::map<std::string, std::string> lines_;   // by log; of messages that want no acknowledgement
  std::vector<Ack> acks_;                      // of this turn
  std::vector<Ack> answers_;                   // durable, and not sent yet
  std::map<ConnectionId, Answered> answered_;  // the last one of each
  std::set<std::string> unsynced_;
  std::optional<SteadyPoint> complained_;
  bool blocked_ = false;
};

}  // namespace hakoban
