#include "platform/supervisor.h"

#include <mutex>
#include <semaphore>
#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hakoban {
namespace {

// Sleeps take no time, but end at once when stopped.
class InstantClock final : public Clock {
 public:
  [[nodiscard]] TimePoint now() const override { return {}; }
  [[nodiscard]] SteadyPoint steady() const override { return {}; }
  bool sleep(Duration, const std::stop_token& stop) const override { return !stop.stop_requested(); }
};

void wait_for_stop(const std::stop_token& stop) {
  std::binary_semaphore stopped{0};
  const std::stop_callback callback{stop, [&] { stopped.release(); }};
  stopped.acquire();
}

double restarts_of(prometheus::Registry& registry, const std::string& component) {
  for (const auto& family : registry.Collect()) {
    for (const auto& metric : family.metric) {
      if (family.name == "hakoban_component_restarts_total" && metric.label.front().value == component)
        return metric.counter.value;
    }
  }
  return -1;
}

TEST(Supervisor, starts_a_component_again_that_throws_and_counts_it) {
  InstantClock clock;
  prometheus::Registry registry;
  Supervisor supervisor{clock, registry};
  std::binary_semaphore third_start{0};
  supervisor.run("flaky", Stage::act, [&, starts = 0](const std::stop_token& stop) mutable {
    if (++starts < 3) throw std::runtime_error("fell over");
    third_start.release();
    wait_for_stop(stop);
  });
  third_start.acquire();
  EXPECT_TRUE(supervisor.status().front().running);
  EXPECT_EQ(restarts_of(registry, "flaky"), 2);
  supervisor.stop();
}

TEST(Supervisor, stops_what_observes_before_what_acts_before_what_serves) {
  InstantClock clock;
  prometheus::Registry registry;
  Supervisor supervisor{clock, registry};
  std::mutex mutex;
  std::vector<std::string> ended;
  const auto component = [&](const std::string& name) {
    return [&, name](const std::stop_token& stop) {
      wait_for_stop(stop);
      const std::lock_guard lock{mutex};
      ended.push_back(name);
    };
  };
  supervisor.run("metrics", Stage::serve, component("metrics"));
  supervisor.run("drainer", Stage::act, component("drainer"));
  supervisor.run("notices", Stage::observe, component("notices"));
  supervisor.stop();
  EXPECT_THAT(ended, ::testing::ElementsAre("notices", "drainer", "metrics"));
}

TEST(Supervisor, a_component_that_ends_unasked_is_not_healthy) {
  InstantClock clock;
  prometheus::Registry registry;
  Supervisor supervisor{clock, registry};
  supervisor.run("brief", Stage::act, [](const std::stop_token&) {});
  supervisor.stop();
  EXPECT_FALSE(supervisor.status().front().running);
}

}  // namespace
}  // namespace hakoban
