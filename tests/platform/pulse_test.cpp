#include "platform/pulse.h"

#include <algorithm>
#include <semaphore>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "platform/clock.h"
#include "platform/latest.h"
#include "platform/queue.h"

namespace hakoban {
namespace {

std::vector<std::string> busy_names() {
  std::vector<std::string> names;
  for (const auto& thread : threads_busy_for(Duration{0})) names.push_back(thread.name);
  return names;
}

// Polls, since a thread's way into its wait takes a moment.
bool in_time_quiet(const std::string& name) {
  for (int i = 0; i < 1000; ++i) {
    const auto busy = busy_names();
    if (std::find(busy.begin(), busy.end(), name) == busy.end()) return true;
    std::this_thread::sleep_for(10ms);
  }
  return false;
}

TEST(Pulse, tells_a_thread_that_works_and_forgets_it_when_it_ends) {
  std::binary_semaphore working{0};
  std::binary_semaphore end{0};
  std::jthread thread{[&] {
    const WatchedThread watched{"stuck"};
    working.release();
    end.acquire();
  }};
  working.acquire();
  std::this_thread::sleep_for(2ms);
  EXPECT_THAT(busy_names(), testing::ElementsAre("stuck"));
  EXPECT_THAT(threads_busy_for(1h), testing::IsEmpty());
  end.release();
  thread.join();
  EXPECT_THAT(busy_names(), testing::IsEmpty());
}

TEST(Pulse, a_thread_that_nobody_watches_is_not_told_of) {
  const Idle idle;
  EXPECT_THAT(busy_names(), testing::IsEmpty());
}

// Whatever a thread waits in, it counts as waiting.
class PulseOfWaits : public testing::TestWithParam<const char*> {};

TEST_P(PulseOfWaits, a_wait_is_no_work) {
  const std::string wait = GetParam();
  SystemClock clock;
  Queue<int> queue{1};
  Latest<int> latest;
  std::binary_semaphore watching{0};
  std::jthread thread{[&](const std::stop_token& stop) {
    const WatchedThread watched{"waiter"};
    watching.release();
    if (wait == "sleep") clock.sleep(1h, stop);
    if (wait == "queue") (void)queue.pop(1h, stop);
    if (wait == "latest") latest.wait_newer(latest.version(), 1h, stop);
  }};
  watching.acquire();
  EXPECT_TRUE(in_time_quiet("waiter"));
}

INSTANTIATE_TEST_SUITE_P(Waits, PulseOfWaits, testing::Values("sleep", "queue", "latest"));

TEST(Pulse, work_counts_from_the_last_wait) {
  std::binary_semaphore waited{0};
  std::binary_semaphore end{0};
  std::jthread thread{[&] {
    const WatchedThread watched{"worker"};
    { const Idle idle; }
    waited.release();
    end.acquire();
  }};
  waited.acquire();
  std::this_thread::sleep_for(2ms);
  EXPECT_THAT(busy_names(), testing::ElementsAre("worker"));
  end.release();
}

}  // namespace
}  // namespace hakoban
