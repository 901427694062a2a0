// An agent that is killed between any two steps of a drain ends where one ends that was not.
#include <random>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "handlers/drain/drain_journal.h"
#include "tests/fakes/simulated_host.h"

namespace hakoban {
namespace {

DrainState reload(const DrainState& state) {
  auto read = parse_journal(format_journal(state));
  EXPECT_TRUE(read);
  return read ? read->state : state;
}

void furnish(SimulatedHost& host) {
  host.add("service", {TaskKind::service, {target_of("web"), target_of("api", 8080)}});
  host.add("worker", {TaskKind::service});
  host.add("batch", {TaskKind::batch, {}, 30s, 8s});
  host.add("daemon", {TaskKind::daemon});
  host.add("self", {TaskKind::daemon, {}, 30s, 2s, true});
}

void expect_drained(const SimulatedHost& host) {
  EXPECT_TRUE(host.draining_at());
  for (const char* task : {"service", "worker", "batch", "daemon"}) {
    ASSERT_TRUE(host.end_at(task)) << task;
    EXPECT_LE(*host.end_at(task), kNoon + 120s) << task;
  }
  EXPECT_FALSE(host.term_at("self"));
  EXPECT_EQ(host.standing_at_term("service"), TargetStanding::out);
  for (const char* other : {"service", "worker", "batch"}) {
    EXPECT_LE(*host.end_at(other), *host.term_at("daemon")) << other;
  }
  EXPECT_EQ(host.state.deadline(), kNoon + 120s);
  EXPECT_FALSE(summarize(host.state).missed);
  EXPECT_EQ(summarize(host.state).tasks_ended, 4U);
}

TEST(Restart, at_any_moment_of_a_drain_ends_in_the_same_state) {
  for (int kill_at = 0; kill_at < 400; ++kill_at) {
    SCOPED_TRACE(fmt::format("killed after {} steps", kill_at));
    SimulatedHost host{static_cast<std::uint64_t>(kill_at)};
    furnish(host);
    host.begin(spot_notice());
    for (int step = 0; step < kill_at && !host.state.finished_at; ++step) host.step();
    host.restart(reload);
    host.run();
    expect_drained(host);
    if (HasFatalFailure() || HasNonfatalFailure()) return;
  }
}

TEST(Restart, over_and_over_in_bad_weather_still_drains_in_time) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    std::mt19937_64 random{seed};
    SimulatedHost host{seed};
    host.failure_rate = 0.15;
    host.latency = std::chrono::milliseconds{random() % 1000};
    furnish(host);
    host.begin(spot_notice());
    while (!host.state.finished_at && host.now < kNoon + 100s) {
      for (auto steps = random() % 200; steps > 0; --steps) host.step();
      host.restart(reload);
    }
    host.run();
    expect_drained(host);
    if (HasFatalFailure() || HasNonfatalFailure()) return;
  }
}

TEST(Restart, tells_no_milestone_twice) {
  SimulatedHost host;
  furnish(host);
  host.begin(spot_notice());
  while (!host.state.finished_at) {
    for (int step = 0; step < 7; ++step) host.step();
    host.restart(reload);
  }
  std::map<std::string, int> told;
  for (const auto& [at, milestone] : host.milestones) {
    ++told[fmt::format("{} {}", name_of(milestone.step), milestone.kind ? name_of(*milestone.kind) : "")];
  }
  EXPECT_EQ(told.count("drain_finished "), 1U);
  for (const auto& [step, times] : told) EXPECT_EQ(times, 1) << step;
}

}  // namespace
}  // namespace hakoban
