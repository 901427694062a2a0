#include "coordinator/task_status.h"

#include <thread>

#include <fmt/format.h>

#include "platform/log.h"
#include "platform/own_metrics.h"
#include "platform/pulse.h"

namespace hakoban {
namespace {

constexpr std::size_t kMostWaiting = 2'000;
constexpr int kWriters = 4;
constexpr std::size_t kRemovedAtOnce = 10;
constexpr Duration kPatience = 1s;
constexpr Duration kLinger = 50ms;  // for more to remove in the same call

}  // namespace

TaskStatusWriter::TaskStatusWriter(ObjectStore& store, MessageQueue& queue, prometheus::Registry& registry)
    : store_(store),
      messages_(queue),
      items_(kMostWaiting),
      written_(counter_family(registry, "hakoban_task_status_objects_total",
                              "Objects written about tasks, by what they tell.")),
      failures_(counter(registry, "hakoban_task_status_failures_total",
                        "Objects about tasks that could not be written; their messages come again.")) {}

bool TaskStatusWriter::take(const TaskChanged& task, const std::string& receipt) {
  Item item{{}, receipt};
  if (task.started) item.objects.emplace_back(task.task_arn + "/started.json", task.event);
  if (task.stopped) item.objects.emplace_back(task.task_arn + "/stopped.json", task.event);
  if (item.objects.empty()) return false;
  (void)items_.try_push(std::move(item));  // full: its message comes again
  return true;
}

void TaskStatusWriter::run(const std::stop_token& stop) {
  std::vector<std::jthread> writers;
  writers.reserve(kWriters);
  for (int i = 0; i < kWriters; ++i)
    writers.emplace_back([this, &stop, i] {
      const WatchedThread watched{fmt::format("task-status-{}", i)};
      write_until(stop);
    });
  const Idle idle;
  writers.clear();  // joins
}

void TaskStatusWriter::write_until(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    std::vector<std::string> done;
    for (auto item = items_.pop(kPatience, stop); item; item = items_.pop(kLinger, stop)) {
      if (write(*item, stop)) done.push_back(item->receipt);
      if (done.size() >= kRemovedAtOnce) break;
    }
    if (done.empty()) continue;
    const auto removed = messages_.remove(done, stop);
    if (!removed && removed.error().code != Errc::cancelled)
      log::warn("messages not removed: they come again", {{"error", removed.error()}});
  }
}

bool TaskStatusWriter::write(const Item& item, const std::stop_token& stop) {
  for (const auto& [key, content] : item.objects) {
    const auto put = store_.put(key, content, {"application/json", ""}, stop);
    if (!put) {
      if (put.error().code == Errc::cancelled) return false;
      failures_.Increment();
      log::warn("task's status not written: its message comes again", {{"key", key}, {"error", put.error()}});
      return false;
    }
    written_.Add({{"what", key.ends_with("/started.json") ? "started" : "stopped"}}).Increment();
  }
  return true;
}

}  // namespace hakoban
