// Reads the queue while this coordinator may act, and puts what it says where it belongs.
#pragma once

#include <map>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include <prometheus/counter.h>
#include <prometheus/registry.h>

#include "coordinator/fleet_board.h"
#include "coordinator/lease.h"
#include "coordinator/queue_messages.h"
#include "coordinator/task_status.h"
#include "platform/aws/sqs.h"
#include "platform/clock.h"

namespace hakoban {

struct QueueReaderConfig {
  std::string cluster;
  std::set<std::string> pools;  // by name: those that a waiting job may ask for
  Duration job_silence = 30s;   // a word older than that is over
  Duration notice = 2min;       // so long a spot warning is of use
};

struct QueueReaderPorts {
  MessageQueue& queue;
  FleetBoard& board;
  TaskStatusWriter* statuses;  // null: nobody polls them
  const Lease& lease;
  const Clock& clock;
};

// One thread calls run().
class QueueReader {
 public:
  QueueReader(QueueReaderPorts ports, QueueReaderConfig config, prometheus::Registry& registry);

  void run(const std::stop_token& stop);

  // Receives once, waiting at most `patience`, and handles what came. False when nothing could be received.
  bool read(Duration patience, const std::stop_token& stop);

 private:
  // Whether the message is done with: what is not comes again.
  [[nodiscard]] bool handle(const QueueMessage& message);
  [[nodiscard]] bool take(const JobWaits& job, TimePoint said_at);
  [[nodiscard]] bool take(const HostReclaimed& host, TimePoint said_at);
  [[nodiscard]] bool take(const HostHeld& host, TimePoint said_at);
  [[nodiscard]] bool take(const PlacementFailed& failed, TimePoint said_at);
  [[nodiscard]] bool take(const NothingToDo& nothing, TimePoint said_at);
  [[nodiscard]] bool take_task(const TaskChanged& task, const std::string& receipt);
  [[nodiscard]] bool is_ours(const std::string& cluster) const;
  void count(const char* kind);
  void complain(const std::string& what, const QueueMessage& message);
  void trouble(const Error& error);

  QueueReaderPorts at_;
  const QueueReaderConfig config_;
  prometheus::Family<prometheus::Counter>& messages_;
  prometheus::Counter& failures_;
  std::string trouble_;
  std::map<std::string, TimePoint> complaints_;
};

}  // namespace hakoban
