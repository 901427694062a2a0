#include "core/fleet/departures.h"

#include <gtest/gtest.h>

namespace hakoban {
namespace {

const TimePoint kNow{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23} + 12h};

struct Departures : ::testing::Test {
  Departures() {
    host.ec2_id = "i-1";
    host.pool = "web";
    host.instance_arn = "arn:1";
    host.tasks = 2;
  }
  DepartureStep after(Duration age) {
    host.since = kNow - age;
    return decide_departure(host, policy, kNow).step;
  }
  void set_draining(bool ours) {
    host.draining = true;
    host.ours = ours;
  }

  Departure host;
  DeparturePolicy policy;
};

struct Reclaimed : Departures {};

TEST_F(Reclaimed, the_agent_has_its_grace_and_then_the_coordinator_drains) {
  EXPECT_EQ(after(9s), DepartureStep::wait);
  EXPECT_EQ(after(10s), DepartureStep::drain);
}

TEST_F(Reclaimed, what_an_agent_drains_is_left_to_it) {
  set_draining(false);
  for (const Duration age : {1s, 20s, 90s, 119s}) EXPECT_EQ(after(age), DepartureStep::wait);
}

TEST_F(Reclaimed, standalone_tasks_stop_at_once_and_the_others_before_the_end) {
  set_draining(true);
  EXPECT_EQ(after(11s), DepartureStep::stop_standalone);
  host.standalone_stopped = true;
  EXPECT_EQ(after(12s), DepartureStep::wait) << "ECS moves the services' tasks";
  EXPECT_EQ(after(80s), DepartureStep::stop_all);
  host.all_stopped = true;
  EXPECT_EQ(after(81s), DepartureStep::wait);
}

TEST_F(Reclaimed, nothing_is_stopped_on_an_empty_host) {
  set_draining(true);
  host.tasks = 0;
  EXPECT_EQ(after(90s), DepartureStep::wait);
}

TEST_F(Reclaimed, is_forgotten_when_its_time_is_over) {
  EXPECT_EQ(after(2min + 1s), DepartureStep::forget);
}

TEST_F(Reclaimed, a_host_of_another_cluster_is_nothing_to_act_on) {
  host.instance_arn.clear();
  EXPECT_EQ(after(30s), DepartureStep::wait);
}

struct Held : Departures {
  Held() { host.kind = DepartureKind::held; }
};

TEST_F(Held, a_host_that_nobody_drains_is_drained_from_here) {
  EXPECT_EQ(after(5s), DepartureStep::wait);
  EXPECT_EQ(after(10s), DepartureStep::drain);
  set_draining(false);
  EXPECT_EQ(after(30s), DepartureStep::wait);
}

TEST_F(Held, an_empty_host_goes_once_its_agent_had_the_time_to_let_it_go) {
  set_draining(true);
  host.tasks = 0;
  EXPECT_EQ(after(59s), DepartureStep::wait);
  EXPECT_EQ(after(60s), DepartureStep::complete);
}

TEST_F(Held, one_that_never_registered_goes_likewise) {
  host.instance_arn.clear();
  host.tasks = 0;
  EXPECT_EQ(after(59s), DepartureStep::wait);
  EXPECT_EQ(after(60s), DepartureStep::complete);
}

TEST_F(Held, is_held_by_heartbeats_while_tasks_run) {
  set_draining(true);
  host.heartbeat_timeout = 4min;
  EXPECT_EQ(after(119s), DepartureStep::wait);
  EXPECT_EQ(after(2min), DepartureStep::heartbeat);
  host.heartbeat_at = kNow - 10s;
  EXPECT_EQ(after(3min), DepartureStep::wait);
  host.heartbeat_at = kNow - 2min;
  EXPECT_EQ(after(5min), DepartureStep::heartbeat);
}

TEST_F(Held, is_let_go_when_it_never_empties) {
  set_draining(true);
  host.heartbeat_at = kNow - 1s;
  EXPECT_EQ(after(29min), DepartureStep::wait);
  EXPECT_EQ(after(30min), DepartureStep::complete);
}

}  // namespace
}  // namespace hakoban
