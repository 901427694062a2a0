#include "coordinator/task_status.h"

#include <atomic>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fakes/call_log.h"
#include "tests/fakes/recording_store.h"
#include "tests/fakes/registry_values.h"

namespace hakoban {
namespace {

using ::testing::Pair;
using ::testing::UnorderedElementsAre;

class RemovingQueue final : public MessageQueue {
 public:
  Result<std::vector<QueueMessage>> receive(Duration, const std::stop_token&) override {
    return std::vector<QueueMessage>{};
  }
  Result<void> remove(const std::vector<std::string>& receipts, const std::stop_token&) override {
    for (const auto& receipt : receipts) removed.add(receipt);
    return {};
  }
  CallLog removed;
};

TaskChanged changed(const std::string& task, bool started, bool stopped) {
  return {"arn:cluster", task, started, stopped, "{\"event\":1}"};
}

struct TaskStatusTest : ::testing::Test {
  void run() {
    runner = std::jthread{[this](const std::stop_token& stop) { writer.run(stop); }};
  }
  RecordingStore store;
  RemovingQueue queue;
  prometheus::Registry registry;
  TaskStatusWriter writer{store, queue, registry};
  std::jthread runner;
};

TEST_F(TaskStatusTest, writes_the_whole_event_and_then_removes_its_message) {
  EXPECT_TRUE(writer.take(changed("arn:a", true, false), "1"));
  EXPECT_TRUE(writer.take(changed("arn:a", false, true), "2"));
  run();
  EXPECT_TRUE(queue.removed.wait_for("1"));
  EXPECT_TRUE(queue.removed.wait_for("2"));
  EXPECT_THAT(store.objects(), UnorderedElementsAre(Pair("arn:a/started.json", "{\"event\":1}"),
                                                    Pair("arn:a/stopped.json", "{\"event\":1}")));
}

TEST_F(TaskStatusTest, has_nothing_to_write_in_between) {
  EXPECT_FALSE(writer.take(changed("arn:a", false, false), "1"));
}

TEST_F(TaskStatusTest, a_message_whose_object_failed_is_kept) {
  store.before = [](const std::string& key, const std::stop_token&) -> Result<void> {
    if (key.starts_with("arn:bad")) return Error{Errc::unavailable, "500"};
    return {};
  };
  EXPECT_TRUE(writer.take(changed("arn:bad", false, true), "bad"));
  EXPECT_TRUE(writer.take(changed("arn:good", false, true), "good"));
  run();
  EXPECT_TRUE(queue.removed.wait_for("good"));
  runner = {};
  EXPECT_EQ(queue.removed.count("bad"), 0);
  EXPECT_EQ(value_in(registry, "hakoban_task_status_failures_total"), 1);
}

TEST_F(TaskStatusTest, more_than_it_holds_comes_again_later) {
  for (int i = 0; i < 5'000; ++i) EXPECT_TRUE(writer.take(changed("arn:a", true, false), "x"));
}

}  // namespace
}  // namespace hakoban
