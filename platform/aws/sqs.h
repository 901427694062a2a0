// A queue of messages from others. Source: Amazon SQS API Reference (AWS JSON 1.0).
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "core/result.h"
#include "core/time.h"

namespace hakoban {

struct QueueMessage {
  std::string id;
  std::string receipt;  // what a deletion names
  std::string body;
  TimePoint sent_at;  // the epoch: not told
  std::int64_t receives = 1;

  bool operator==(const QueueMessage&) const = default;
};

class MessageQueue {
 public:
  virtual ~MessageQueue() = default;

  // Waits for messages, at most `patience` (up to 20 s, in whole seconds); up to ten. They are hidden from
  // others for the queue's visibility time-out, and come again unless they are removed.
  [[nodiscard]] virtual Result<std::vector<QueueMessage>> receive(Duration patience,
                                                                  const std::stop_token& stop) = 0;

  // Ten at a time. Those that AWS did not remove come again: that is no error here.
  [[nodiscard]] virtual Result<void> remove(const std::vector<std::string>& receipts,
                                            const std::stop_token& stop) = 0;
};

}  // namespace hakoban
