// Tells on S3 when tasks have started and stopped, so that who waits for one polls S3 in place of
// DescribeTasks, which is heavily rate-limited. Source of the keys: hako (lib/hako/schedulers/ecs.rb):
// <prefix>/<task ARN>/started.json and stopped.json, each the whole "ECS Task State Change" event.
#pragma once

#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <prometheus/counter.h>
#include <prometheus/registry.h>

#include "coordinator/queue_messages.h"
#include "platform/aws/sqs.h"
#include "platform/object_store.h"
#include "platform/queue.h"

namespace hakoban {

// Its own threads write side by side, so that a burst of tasks does not hold up other messages. A message is
// removed from its queue once its object stands: what fails comes again.
class TaskStatusWriter {
 public:
  TaskStatusWriter(ObjectStore& store, MessageQueue& queue, prometheus::Registry& registry);

  // False: there is nothing to write of this change, and its message may go. True: it will be removed from
  // the queue when the object stands; or it comes again when there is too much to do now.
  [[nodiscard]] bool take(const TaskChanged& task, const std::string& receipt);

  // Writes until `stop`.
  void run(const std::stop_token& stop);

 private:
  struct Item {
    std::vector<std::pair<std::string, std::string>> objects;  // key, content
    std::string receipt;
  };

  void write_until(const std::stop_token& stop);
  [[nodiscard]] bool write(const Item& item, const std::stop_token& stop);

  ObjectStore& store_;
  MessageQueue& messages_;
  Queue<Item> items_;
  prometheus::Family<prometheus::Counter>& written_;
  prometheus::Counter& failures_;
};

}  // namespace hakoban
