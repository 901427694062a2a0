#include <functional>

#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fakes/fleet_cluster.h"

namespace hakoban {
namespace {

using Arns = std::vector<std::string>;

struct Case {
  std::string name;
  std::function<void(FleetCluster&)> build;
  Arns drain;  // of the first pool
  std::string said;
};

TaskNeed need(std::int64_t cpu, std::int64_t memory) {
  return FleetCluster::need(cpu, memory);
}

std::string all_said(const FleetDecision& decision) {
  std::string text = decision.hold;
  for (const auto& pool : decision.pools)
    text += fmt::format("\n{}\n{}", fmt::join(pool.reasons, "\n"), fmt::join(pool.refused, "\n"));
  return text;
}

// Four hosts, each 30 % booked, low for an hour: one may go.
FleetCluster low_cluster() {
  FleetCluster cluster;
  cluster.pool("web").low_for(1h).instances(4, 300, 300);
  return cluster;
}

class ScalingIn : public testing::TestWithParam<Case> {};

TEST_P(ScalingIn, is) {
  FleetCluster cluster = low_cluster();
  GetParam().build(cluster);
  const FleetDecision got = cluster.decide();
  SCOPED_TRACE(all_said(got));
  EXPECT_EQ(got.pools[0].drain, GetParam().drain);
  EXPECT_EQ(got.pools[0].target, got.pools[0].current);
  EXPECT_THAT(all_said(got), testing::HasSubstr(GetParam().said));
}

auto& at(FleetCluster& cluster, std::size_t index) {
  return cluster.snapshot.instances[index];
}

INSTANTIATE_TEST_SUITE_P(
    Picks, ScalingIn,
    testing::Values(Case{"a_host_when_low_for_long",
                         [](auto&) {},
                         {"instance-1"},
                         "i-1 of 4 can go (30 % booked, 1 tasks): reservation below 65 %"},
                    Case{"the_emptiest",
                         [](auto& c) { at(c, 2).cpu_left = at(c, 2).memory_left = 900; },
                         {"instance-3"},
                         "10 % booked"},
                    Case{"the_oldest_of_equals",
                         [](auto& c) { at(c, 1).registered_at = kFleetNoon - 48h; },
                         {"instance-2"},
                         ""},
                    Case{"one_of_the_fullest_zone",
                         [](auto& c) {
                           at(c, 0).zone = "b";
                           at(c, 0).cpu_left = 900;
                         },
                         {"instance-2"},
                         "zone b has fewer than others"},
                    Case{"any_when_zones_do_not_matter",
                         [](auto& c) {
                           at(c, 0).zone = "b";
                           c.policy.on_demand.zone_difference = 0;
                         },
                         {"instance-1"},
                         ""},
                    Case{"one_although_a_task_waits_that_nothing_can_hold",
                         [](auto& c) { c.service("big", 1, need(5000, 5000)); },
                         {"instance-1"},
                         ""},
                    Case{"one_although_another_pool_is_wanted",
                         [](auto& c) { c.pool("other", 0).job("1", need(900, 900), "other"); },
                         {"instance-1"},
                         ""},
                    Case{"not_one_whose_agent_is_gone",
                         [](auto& c) {
                           at(c, 0).connected = false;
                           at(c, 0).disconnected_since = kFleetNoon - 10s;
                         },
                         {"instance-2"},
                         "i-1 (30 % booked): its ECS agent is not connected"},
                    Case{"not_one_that_drained_in_vain",
                         [](auto& c) { at(c, 0).stayed_at = kFleetNoon - 5h; },
                         {"instance-2"},
                         "did not empty"},
                    Case{"one_that_drained_in_vain_long_ago",
                         [](auto& c) { at(c, 0).stayed_at = kFleetNoon - 6h; },
                         {"instance-1"},
                         ""},
                    Case{"a_share_of_a_large_pool",
                         [](auto& c) {
                           c.instances(56, 300, 300);
                           c.last_pool().max = 100;
                         },
                         {"instance-1", "instance-10", "instance-11"},
                         ""},
                    Case{"as_many_as_may_leave_at_once",
                         [](auto& c) {
                           c.instances(4, 300, 300);
                           c.policy.on_demand.step_in = 3;
                         },
                         {"instance-1", "instance-2", "instance-3"},
                         ""},
                    Case{"no_more_than_the_rest_can_bear",
                         [](auto& c) { c.policy.on_demand.step_in = 3; },
                         {"instance-1", "instance-2"},
                         "reservation would be above the threshold to grow"},
                    Case{"not_one_that_the_group_protects",
                         [](auto& c) { at(c, 0).protected_from_scale_in = true; },
                         {"instance-2"},
                         "protected from scale-in"}),
    [](const auto& each) { return each.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Refrains, ScalingIn,
    testing::Values(
        Case{"above_the_low_threshold",
             [](auto& c) { c.instances(4, 1000, 1000); },
             {},
             "reservation not below 65 % (cpu 65 %, memory 65 %)"},
        Case{"for_spot_already_below_its_lower_threshold",
             [](auto& c) { c.spot().instances(4, 800, 800); },
             {},
             "not below 55 %"},
        Case{"when_only_one_of_cpu_and_memory_is_low",
             [](auto& c) {
               for (auto& instance : c.snapshot.instances) instance.memory_left = 250;
             },
             {},
             "memory 75 %"},
        Case{"when_low_for_a_moment_only", [](auto& c) { c.low_for(1min); }, {}, "low for less than 10m"},
        Case{"when_it_was_not_low_before",
             [](auto& c) { c.last_pool().low_since.reset(); },
             {},
             "low for less"},
        Case{"while_cooling_down_from_growth",
             [](auto& c) { c.last_pool().grown_at = kFleetNoon - 30s; },
             {},
             "changed less than 1m ago"},
        Case{"while_cooling_down_from_shrinking",
             [](auto& c) { c.last_pool().shrunk_at = kFleetNoon - 30s; },
             {},
             "changed less than 1m ago"},
        Case{"at_the_minimum", [](auto& c) { c.last_pool().min = 4; }, {}, "at least 4 units"},
        Case{"at_the_minimum_counted_without_those_that_drain",
             [](auto& c) {
               c.draining(0, 100).tasks = 1;
               c.policy.on_demand.step_in = 5;
               c.last_pool().min = 4;
             },
             {},
             "at least 4 units"},
        Case{"at_the_minimum_of_the_hour",
             [](auto& c) {
               Schedule lunch;
               lunch.from = 11h;
               lunch.to = 13h;
               lunch.min = 4;
               c.policy.on_demand.schedules = {lunch};
             },
             {},
             "at least 4 units"},
        Case{"while_another_drains",
             [](auto& c) { c.draining(100, 100); },
             {},
             "1 draining already, at most 1 at once"},
        Case{"when_the_tasks_find_no_room_elsewhere",
             [](auto& c) {
               for (std::size_t i = 0; i < 4; ++i) (*at(c, i).placed)[0].need = need(800, 100);
             },
             {},
             "no room elsewhere for task-on-instance-1"},
        Case{"when_a_fixed_port_is_taken_everywhere",
             [](auto& c) {
               for (std::size_t i = 0; i < 4; ++i) {
                 (*at(c, i).placed)[0].need.ports = {80};
                 at(c, i).ports = {80};
               }
             },
             {},
             "no room elsewhere"},
        Case{"when_a_constraint_cannot_be_judged",
             [](auto& c) {
               for (std::size_t i = 0; i < 4; ++i)
                 (*at(c, i).placed)[0].need.constraints = {"task:group == x"};
             },
             {},
             "no room elsewhere"},
        Case{"when_a_task_wants_an_instance_of_its_own",
             [](auto& c) {
               for (std::size_t i = 0; i < 4; ++i) (*at(c, i).placed)[0].need.distinct_instance = true;
             },
             {},
             "wants an instance of its own"},
        Case{"when_headroom_would_be_missing",
             [](auto& c) {
               c.policy.on_demand.headroom = {HeadroomKind::percentage, 65};
             },
             {},
             "headroom would be missing"},
        Case{"when_headroom_in_instances_would_be_missing",
             [](auto& c) {
               c.policy.on_demand.headroom = {HeadroomKind::instances, 2};
             },
             {},
             "headroom would be missing"},
        Case{"when_the_largest_task_would_find_no_room",
             [](auto& c) {
               c.service("big", 0, need(700, 700));
               c.policy.on_demand.headroom = {HeadroomKind::largest_task, 3};
             },
             {},
             "no headroom for the largest task"},
        Case{"when_room_is_wanted_that_a_limit_forbids",
             [](auto& c) {
               c.last_pool().max = 4;
               c.service("big", 1, need(900, 900), 1min);
             },
             {},
             "room is wanted"},
        Case{"while_tasks_wait_for_what_is_on_its_way",
             [](auto& c) {
               c.booting();
               c.job("1", need(900, 900));
             },
             {},
             "room is wanted"},
        Case{"to_the_cost_of_a_job_that_may_yet_ask_again",
             [](auto& c) {
               c.policy.on_demand.out_above = 1.0;
               for (int i = 0; i < 4; ++i) c.job(std::to_string(i), need(600, 600), "", 15s);
             },
             {},
             "reservation would be above"},
        Case{"when_most_agents_are_gone_at_once",
             [](auto& c) {
               for (std::size_t i = 0; i < 3; ++i) at(c, i).connected = false;
             },
             {},
             "missing at once"},
        Case{"when_most_of_what_the_pool_has_is_missing",
             [](auto& c) { c.last_pool().target = c.last_pool().fulfilled = 9; },
             {},
             "missing at once"},
        Case{"when_services_were_not_seen_lately",
             [](auto& c) { c.snapshot.services_at = kFleetNoon - 2min; },
             {},
             "services not seen for 2m"},
        Case{"when_instances_were_not_seen_lately",
             [](auto& c) { c.snapshot.instances_at = kFleetNoon - 2min; },
             {},
             "container instances not seen"},
        Case{"because_of_room_that_is_still_on_its_way",
             [](auto& c) {
               for (std::size_t i = 0; i < 4; ++i) (*at(c, i).placed)[0].need = need(800, 100);
               c.booting();
             },
             {},
             "no room elsewhere"}),
    [](const auto& each) { return each.param.name; });

TEST(ScaleIn, asks_for_the_tasks_of_the_emptiest_hosts_before_it_drains_one) {
  FleetCluster cluster = low_cluster();
  for (auto& instance : cluster.snapshot.instances) instance.placed.reset();
  const auto got = cluster.decide();
  EXPECT_THAT(got.pools[0].drain, testing::IsEmpty());
  EXPECT_EQ(got.look_at, (Arns{"instance-1", "instance-2", "instance-3", "instance-4"}));
}

TEST(ScaleIn, an_empty_host_needs_no_such_question) {
  FleetCluster cluster = low_cluster();
  auto& idle = cluster.instance(0, 0);
  idle.placed.reset();
  EXPECT_EQ(cluster.decide().pools[0].drain, Arns{idle.arn});
}

TEST(ScaleIn, batch_tasks_are_waited_for_and_daemons_end_with_their_host) {
  FleetCluster cluster = low_cluster();
  for (auto& instance : cluster.snapshot.instances) {
    instance.placed = {{"batch", need(900, 900), false, false}, {"daemon", need(900, 900), false, true}};
  }
  EXPECT_EQ(cluster.decide().pools[0].drain, Arns{"instance-1"});
}

TEST(ScaleIn, an_empty_draining_host_is_terminated) {
  FleetCluster cluster = low_cluster();
  cluster.draining(0, 0);
  const auto got = cluster.decide();
  EXPECT_EQ(got.pools[0].terminate, Arns{"instance-5"});
  EXPECT_EQ(got.pools[0].target, 5);
}

TEST(ScaleIn, a_draining_host_with_tasks_is_waited_for) {
  FleetCluster cluster = low_cluster();
  cluster.draining(100, 100, 29min);
  const auto got = cluster.decide();
  EXPECT_FALSE(got.acts());
}

TEST(ScaleIn, a_host_that_does_not_empty_in_time_goes_back_to_work) {
  FleetCluster cluster = low_cluster();
  cluster.draining(100, 100, 30min);
  const auto got = cluster.decide();
  EXPECT_EQ(got.pools[0].undrain, Arns{"instance-5"});
  EXPECT_EQ(got.pools[0].gave_up, Arns{"instance-5"});
  EXPECT_THAT(got.pools[0].drain, testing::IsEmpty()) << "not the same again at once";
}

TEST(ScaleIn, a_host_that_somebody_else_drains_is_left_alone) {
  FleetCluster cluster = low_cluster();
  cluster.draining(0, 0).drained_at.reset();
  const auto got = cluster.decide();
  EXPECT_THAT(got.pools[0].terminate, testing::IsEmpty());
}

TEST(ScaleIn, nothing_is_terminated_while_services_are_not_seen) {
  FleetCluster cluster = low_cluster();
  cluster.draining(0, 0);
  cluster.snapshot.services_at -= 61s;
  EXPECT_FALSE(cluster.decide().acts());
}

TEST(ScaleIn, a_draining_host_whose_agent_is_gone_is_terminated_when_empty_and_never_called_back) {
  FleetCluster cluster = low_cluster();
  cluster.draining(0, 0).connected = false;
  cluster.draining(100, 100, 40min).connected = false;
  cluster.job("1", need(900, 900));
  const auto got = cluster.decide();
  EXPECT_EQ(got.pools[0].terminate, Arns{"instance-5"});
  EXPECT_THAT(got.pools[0].undrain, testing::IsEmpty());
  EXPECT_EQ(got.pools[0].target, 7);
}

TEST(ScaleIn, nothing_is_terminated_on_a_stale_observation) {
  FleetCluster cluster = low_cluster();
  cluster.draining(0, 0);
  cluster.snapshot.instances_at -= 61s;
  EXPECT_FALSE(cluster.decide().acts());
}

TEST(ScaleIn, a_cluster_that_vanished_shrinks_nothing) {
  FleetCluster cluster;
  cluster.pool("web").low_for(1h);
  cluster.last_pool().target = cluster.last_pool().fulfilled = 20;
  EXPECT_FALSE(cluster.decide().acts());
}

TEST(ScaleIn, a_pool_goes_to_zero_when_nothing_is_left_to_run) {
  FleetCluster cluster;
  cluster.pool("web").low_for(1h).instance(0, 0);
  EXPECT_EQ(cluster.decide().pools[0].drain, Arns{"instance-1"});
}

TEST(ScaleIn, two_hosts_never_move_their_tasks_into_the_same_room) {
  FleetCluster cluster;
  cluster.policy.on_demand.step_in = 2;
  cluster.policy.on_demand.out_above = 1.0;
  cluster.pool("web").low_for(1h);
  cluster.instance(200, 200);
  cluster.instance(200, 200);
  cluster.instance(700, 700).placed->front().need = need(700, 700);
  EXPECT_EQ(cluster.decide().pools[0].drain.size(), 1U);
}

}  // namespace
}  // namespace hakoban
