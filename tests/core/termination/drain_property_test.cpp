// Many drains of many hosts in bad weather, each by a fixed seed. What must hold in all of them.
#include <random>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "core/termination/drain_machine.h"
#include "tests/fakes/simulated_host.h"

namespace hakoban {
namespace {

constexpr int kDrains = 200;

Duration seconds_between(std::mt19937_64& random, int least, int most) {
  return std::chrono::seconds{std::uniform_int_distribution<>{least, most}(random)};
}

void furnish_by_chance(SimulatedHost& host, std::mt19937_64& random) {
  constexpr std::array kKinds = {TaskKind::service, TaskKind::service, TaskKind::batch, TaskKind::daemon,
                                 TaskKind::unknown};
  host.add("self", {TaskKind::daemon, {}, 30s, 2s, true});
  const auto tasks = 1 + random() % 12;
  for (std::uint64_t number = 0; number < tasks; ++number) {
    SimulatedTask task;
    task.kind = kKinds.at(random() % kKinds.size());
    task.stop_timeout = seconds_between(random, 1, 60);
    task.ends_after = seconds_between(random, 0, 70);
    if (task.kind == TaskKind::service) {
      for (std::uint64_t targets = random() % 3; targets > 0; --targets) {
        task.targets.push_back({fmt::format("group-{}", random() % 4), "i-1",
                                static_cast<std::uint16_t>(1000 + number * 10 + targets)});
      }
    }
    host.add(fmt::format("task-{}", number), task);
  }
}

void make_weather(SimulatedHost& host, std::mt19937_64& random) {
  host.latency = std::chrono::milliseconds{random() % 1500};
  host.deregistration_delay = seconds_between(random, 0, 200);
  host.failure_rate = 0.01 * static_cast<double>(random() % 40);
  host.ecs_agent_dead = random() % 10 == 0;
  host.logs_take = std::chrono::milliseconds{random() % 4000};
  if (random() % 4 == 0) host.registers_again_at = kNoon + seconds_between(random, 1, 100);
  if (random() % 8 == 0) host.broken[DrainCall::set_draining] = Errc::throttled;
  if (random() % 8 == 0) host.broken[DrainCall::stop_task] = Errc::unavailable;
  if (random() % 8 == 0) host.broken[DrainCall::deregister] = Errc::timeout;
  if (random() % 8 == 0) host.broken[DrainCall::check_health] = Errc::denied;
}

// ECS put targets back a while before `time`: the looks at targets that are out are rare, and nobody need
// have seen it and undone it by then.
bool just_registered_again(const SimulatedHost& host, TimePoint time) {
  const auto again = host.registered_again_at();
  if (again && *again <= time && host.broken.contains(DrainCall::check_health)) return true;
  return again && *again <= time && time - *again < 45s;
}

void expect_invariants(const SimulatedHost& host, const HostView& view) {
  EXPECT_FALSE(host.term_at("self")) << "the own task is never stopped";
  for (const TaskView& task : view.tasks) {
    if (task.own) continue;
    SCOPED_TRACE(task.arn);
    const auto ended = host.end_at(task.arn);
    ASSERT_TRUE(ended);
    EXPECT_LE(*ended, host.state.deadline()) << "no later than the deadline";
    const TimePoint latest = host.state.deadline() - host.policy.log_reserve - host.policy.margin -
                             *task.containers.front().stop_timeout;
    const TimePoint term = *host.term_at(task.arn);
    if (term >= latest) continue;
    if (!just_registered_again(host, term)) {
      EXPECT_EQ(host.standing_at_term(task.arn), TargetStanding::out)
          << "a task is not stopped before its targets are out unless it is forced";
    }
    if (task.kind != TaskKind::daemon) continue;
    for (const TaskView& other : view.tasks) {
      if (other.own || other.kind == TaskKind::daemon) continue;
      EXPECT_LE(*host.end_at(other.arn), term) << "a daemon is not stopped before " << other.arn;
    }
  }
  EXPECT_TRUE(host.state.finished_at);
}

TEST(Drains, by_chance_are_in_time_and_in_order) {
  for (std::uint64_t seed = 1; seed <= kDrains; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    std::mt19937_64 random{seed};
    SimulatedHost host{seed};
    furnish_by_chance(host, random);
    make_weather(host, random);
    host.begin(spot_notice());
    host.run();
    expect_invariants(host, host.view());
    if (testing::Test::HasFailure()) return;
  }
}

TEST(Drains, by_chance_leave_nothing_registered_when_calls_only_fail_now_and_then) {
  for (std::uint64_t seed = 1; seed <= kDrains; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    std::mt19937_64 random{seed};
    SimulatedHost host{seed};
    furnish_by_chance(host, random);
    make_weather(host, random);
    host.broken.clear();
    host.begin(spot_notice());
    host.run();
    EXPECT_TRUE(host.draining_at());
    for (const auto& [ref, target] : host.state.targets) {
      if (just_registered_again(host, *host.state.finished_at)) continue;
      EXPECT_NE(host.standing(ref), TargetStanding::registered) << ref.group_arn;
    }
    EXPECT_FALSE(summarize(host.state).missed);
    if (testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace hakoban
