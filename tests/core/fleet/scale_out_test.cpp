#include "tests/core/fleet/growth_case.h"

namespace hakoban {
namespace {

using Case = GrowthCase;

class ScalingOut : public testing::TestWithParam<Case> {};

TEST_P(ScalingOut, is) {
  expect_growth(GetParam());
}

INSTANTIATE_TEST_SUITE_P(
    ByReservation, ScalingOut,
    testing::Values(Case{"a_pool_at_its_threshold_stays", [](auto& c) { c.instances(4, 800, 100); }, 4, kNone,
                         "not below 65 %"},
                    Case{"cpu_above_the_threshold_grows_it", [](auto& c) { c.instances(4, 850, 100); }, 5,
                         kNone, "reservation above 80 % (cpu 85 %, memory 10 %)"},
                    Case{"memory_above_the_threshold_grows_it", [](auto& c) { c.instances(4, 100, 990); }, 5,
                         kNone, "memory 99 %"},
                    Case{"it_grows_by_as_many_as_bring_it_under", [](auto& c) { c.instances(12, 950, 0); },
                         15, kNone, ""},
                    Case{"spot_keeps_more_room", [](auto& c) { c.spot().instances(4, 750, 100); }, 5, kNone,
                         "reservation above 70 %"},
                    Case{"instances_on_their_way_are_counted",
                         [](auto& c) { c.instances(4, 850, 100).booting(); }, 5, kNone, ""},
                    Case{"units_that_the_pool_still_owes_are_counted",
                         [](auto& c) {
                           c.instances(4, 850, 100);
                           c.last_pool().target = 5;
                         },
                         5, kNone, ""},
                    Case{"an_instance_that_boots_for_too_long_is_not_waited_for",
                         [](auto& c) { c.instances(4, 850, 100).booting(11min); }, 6, kNone, ""},
                    Case{"draining_hosts_do_not_count_as_capacity",
                         [](auto& c) {
                           c.instances(4, 810, 100);
                           c.instance(0, 0).state = InstanceState::draining;
                         },
                         6, kNone, "cpu 81 %"},
                    Case{"a_host_whose_agent_is_gone_does_not_count_as_capacity",
                         [](auto& c) {
                           c.instances(4, 810, 100);
                           c.instance(0, 0).connected = false;
                         },
                         6, kNone, "cpu 81 %"},
                    Case{"a_host_whose_agent_is_gone_for_a_moment_still_counts",
                         [](auto& c) {
                           c.instances(3, 790, 100);
                           auto& gone = c.instance(790, 100);
                           gone.connected = false;
                           gone.disconnected_since = kFleetNoon - 119s;
                         },
                         4, kNone, ""},
                    Case{"hosts_still_count_when_most_agents_are_gone_at_once",
                         [](auto& c) {
                           c.instances(6, 790, 100);
                           for (std::size_t i = 0; i < 4; ++i) c.snapshot.instances[i].connected = false;
                         },
                         6, kNone, "missing at once"},
                    Case{"replacements_for_hosts_that_leave_are_counted",
                         [](auto& c) {
                           c.instances(4, 850, 100);
                           c.instance(850, 100).leaving = true;
                           c.last_pool().leaving = 1;
                         },
                         5, kNone, ""},
                    Case{"hosts_that_leave_and_are_not_replaced_are_not",
                         [](auto& c) {
                           c.instances(4, 850, 100);
                           c.instance(850, 100).leaving = true;
                           c.last_pool().leaving = 1;
                           --c.last_pool().target;
                         },
                         5, kNone, "reservation above"},
                    Case{"the_maximum_bounds_it", [](auto& c) { c.instances(20, 990, 0); }, 20, kNone,
                         "at most 20 units"},
                    Case{"the_policys_maximum_is_narrower",
                         [](auto& c) {
                           c.instances(5, 990, 0);
                           c.policy.on_demand.max = 6;
                         },
                         6, kNone, "at most 6 units"},
                    Case{"the_step_bounds_it",
                         [](auto& c) {
                           c.instances(12, 950, 0);
                           c.policy.on_demand.step_out = 2;
                         },
                         14, kNone, "at most 2 units at once"},
                    Case{"a_cooldown_after_growing_bounds_it",
                         [](auto& c) {
                           c.instances(4, 990, 0);
                           c.policy.on_demand.out_cooldown = 1min;
                           c.last_pool().grown_at = kFleetNoon - 30s;
                         },
                         4, kNone, "grew less than 1m ago"},
                    Case{"a_pool_under_its_minimum_grows_to_it", [](auto& c) { c.last_pool().min = 3; }, 3,
                         kNone, "at least 3 units"},
                    Case{"a_schedule_raises_the_minimum",
                         [](auto& c) {
                           c.policy.on_demand.schedules = {{0b0000010, 11h, 13h, 6, {}, {}}};
                         },
                         6, kNone, "at least 6 units"},
                    Case{"a_schedule_of_another_day_does_not",
                         [](auto& c) {
                           c.policy.on_demand.schedules = {{0b0000100, 11h, 13h, 6, {}, {}}};
                         },
                         0, kNone, ""},
                    Case{"weights_count_as_units",
                         [](auto& c) {
                           c.instances(4, 850, 100);
                           c.last_pool().types[0].weight = 4;
                         },
                         8, kNone, ""}),
    [](const auto& each) { return each.param.name; });

INSTANTIATE_TEST_SUITE_P(
    ForShortServices, ScalingOut,
    testing::Values(Case{"one_task_from_zero_buys_one_instance_not_two",
                         [](auto& c) { c.service("api", 1, need(500, 500)); }, 1, kNone,
                         "no room for service api"},
                    Case{"tasks_share_the_instances_bought",
                         [](auto& c) { c.service("api", 3, need(400, 400)); }, 2, kNone, "service api ×3"},
                    Case{"room_on_a_host_is_used_first",
                         [](auto& c) {
                           c.instances(1, 500, 500);
                           c.service("api", 1, need(250, 250));
                         },
                         1, kNone, ""},
                    Case{"room_in_sum_is_no_room",
                         [](auto& c) {
                           c.instances(4, 700, 700);
                           c.service("api", 1, need(400, 400));
                         },
                         5, kNone, ""},
                    Case{"an_instance_on_its_way_is_room",
                         [](auto& c) {
                           c.booting();
                           c.service("api", 1, need(500, 500));
                         },
                         1, kNone, ""},
                    Case{"a_service_short_for_a_moment_is_left_to_ecs",
                         [](auto& c) { c.service("api", 1, need(500, 500), 5s); }, 0, kNone, ""},
                    Case{"unless_ecs_itself_says_that_it_cannot_be_placed",
                         [](auto& c) { c.service("api", 1, need(500, 500), 5s).placement_failed = true; }, 1,
                         kNone, "no room for service api"},
                    Case{"a_replacement_that_is_not_owed_yet_is_no_room",
                         [](auto& c) {
                           c.instance(0, 0).leaving = true;
                           c.last_pool().leaving = 1;
                           c.service("api", 1, need(500, 500));
                         },
                         2, kNone, "service api"},
                    Case{"a_task_that_fails_beside_room_is_left_to_ecs_for_a_moment",
                         [](auto& c) {
                           c.instance(100, 100);
                           c.service("api", 1, need(500, 500)).placement_failed = true;
                         },
                         1, kNone, ""},
                    Case{"a_task_that_fails_beside_room_for_long_gets_an_empty_host",
                         [](auto& c) {
                           c.instance(100, 100);
                           auto& api = c.service("api", 1, need(500, 500));
                           api.placement_failed = true;
                           api.room_since = kFleetNoon - 1min;
                         },
                         2, kNone, "service api (for which room does not do)"},
                    Case{"a_task_that_fails_even_beside_an_empty_host_gets_no_more",
                         [](auto& c) {
                           c.instance(100, 100);
                           c.booting();
                           auto& api = c.service("api", 1, need(500, 500));
                           api.placement_failed = true;
                           api.room_since = kFleetNoon - 1min;
                         },
                         2, kNone, "ECS does not place it although there is room"},
                    Case{"a_fixed_port_that_is_taken_is_no_room",
                         [](auto& c) {
                           c.instance(0, 0).ports = {8080};
                           c.service("api", 1, with_port(8080));
                         },
                         2, kNone, ""},
                    Case{"two_tasks_of_one_fixed_port_take_two_instances",
                         [](auto& c) { c.service("api", 2, with_port(8080)); }, 2, kNone, ""},
                    Case{"a_port_of_the_agent_can_never_be_had",
                         [](auto& c) { c.service("api", 1, with_port(22)); }, 0, kNone,
                         "the agent or a daemon has its port there"},
                    Case{"a_constraint_not_met_is_no_room",
                         [](auto& c) {
                           c.instances(1, 0, 0);
                           c.last_pool().zones = {"a", "b"};
                           c.service("api", 1, where("attribute:ecs.availability-zone == b"));
                         },
                         2, kNone, ""},
                    Case{"a_constraint_that_no_type_meets_is_refused",
                         [](auto& c) { c.service("api", 1, where("attribute:ecs.instance-type == huge")); },
                         0, kNone, "web: its instances do not meet the task's placement constraints"},
                    Case{"custom_attributes_of_the_pool_are_known_from_zero",
                         [](auto& c) {
                           c.last_pool().attributes = {{"tier", "front"}};
                           c.service("api", 1, where("attribute:tier == front"));
                         },
                         1, kNone, ""},
                    Case{"a_constraint_that_cannot_be_judged_buys_nothing_while_there_is_room",
                         [](auto& c) {
                           c.instances(1, 0, 0);
                           c.service("api", 1, where("task:group == service:other"));
                         },
                         1, kNone, ""},
                    Case{"distinct_instances_are_bought_beyond_those_that_have_the_service",
                         [](auto& c) {
                           c.instances(2, 100, 100);
                           c.service("api", 1, distinct());
                         },
                         3, kNone, "service api"},
                    Case{"distinct_instances_may_use_hosts_that_cannot_have_the_service",
                         [](auto& c) {
                           c.instances(3, 100, 100);
                           c.service("api", 1, distinct());
                         },
                         3, kNone, ""},
                    Case{"daemons_take_their_part_of_each_new_instance",
                         [](auto& c) {
                           c.service("log", 0, need(300, 300)).daemon = true;
                           c.service("api", 2, need(400, 400));
                         },
                         2, kNone, ""},
                    Case{"a_daemon_that_is_short_buys_nothing",
                         [](auto& c) { c.service("log", 3, need(300, 300)).daemon = true; }, 0, kNone, ""},
                    Case{"a_task_that_no_type_can_hold_is_refused",
                         [](auto& c) { c.service("api", 2, need(4000, 100)); }, 0, kNone,
                         "2 of 2 tasks of service api (4000 cpu, 100 MiB): web: no type holds it; the "
                         "largest, small, has 1000 "
                         "cpu and 1000 MiB"},
                    Case{"a_larger_type_of_the_pool_is_taken_for_a_larger_task",
                         [](auto& c) {
                           c.last_pool().types.push_back({"large", 4, 4000, 4000, 0});
                           c.service("api", 1, need(3000, 100));
                         },
                         4, kNone, ""},
                    Case{"while_it_is_not_known_what_the_pool_launches_no_more_is_bought_for_it",
                         [](auto& c) {
                           c.last_pool().types.push_back({"large", 4, 4000, 4000, 0});
                           c.last_pool().target = 4;
                           c.service("api", 1, need(3000, 100));
                         },
                         4, kNone, "what comes next is not known yet"},
                    Case{"a_pool_that_launches_other_types_again_and_again_is_not_asked_for_ever",
                         [](auto& c) {
                           c.last_pool().types.push_back({"large", 4, 4000, 4000, 0});
                           for (int i = 0; i < 3; ++i) c.instance(0, 0).registered_at = kFleetNoon - 30s;
                           c.service("api", 1, need(3000, 100));
                         },
                         3, kNone, "not all of its types hold it, and it launched 3 others since"},
                    Case{"idle_hosts_from_before_do_not_matter_for_that",
                         [](auto& c) {
                           c.last_pool().types.push_back({"large", 4, 4000, 4000, 0});
                           c.instances(3, 0, 0);
                           c.service("api", 1, need(3000, 100));
                         },
                         7, kNone, ""},
                    Case{"a_pool_whose_instances_do_not_register_is_not_asked_for_more",
                         [](auto& c) {
                           c.booting(10min).booting(10min).booting(10min);
                           c.service("api", 1, need(500, 500));
                         },
                         3, kNone, "3 instances launched have not registered within 10m"},
                    Case{"daemons_take_their_ports_of_each_new_instance",
                         [](auto& c) {
                           c.service("log", 0, with_port(8080)).daemon = true;
                           c.service("api", 1, with_port(8080));
                         },
                         0, kNone, "the agent or a daemon has its port there"},
                    Case{"a_type_of_unknown_size_is_not_planned_with",
                         [](auto& c) {
                           c.last_pool().types = {{"mystery", 1, 0, 0, 0}};
                           c.service("api", 1, need(100, 100));
                         },
                         0, kNone, "how much its types hold is not known"},
                    Case{"a_service_of_unknown_needs_is_told",
                         [](auto& c) { c.service("api", 1, need(1, 1)).need.reset(); }, 0, kNone,
                         "service api: its task definition is not known"},
                    Case{"many_causes_are_named_shortly",
                         [](auto& c) {
                           for (int i = 0; i < 7; ++i) c.service(fmt::format("s{}", i), 1, need(800, 10));
                         },
                         7, kNone, "and 2 more"}),
    [](const auto& each) { return each.param.name; });

TEST(ScaleOut, counts_what_is_wanted_and_what_has_no_room) {
  FleetCluster cluster;
  cluster.pool("web", 1);
  cluster.service("api", 3, need(900, 900));
  cluster.job("1", need(900, 900));
  const auto got = cluster.decide();
  EXPECT_EQ(got.short_tasks, 3);
  EXPECT_EQ(got.waiting_jobs, 1);
  EXPECT_EQ(got.without_room, 3);
}

TEST(ScaleOut, zones_named_by_a_constraint_get_their_instance) {
  FleetCluster cluster;
  cluster.pool("web").last_pool().zones = {"a", "b"};
  cluster.service("in-a", 1, where("attribute:ecs.availability-zone == a"));
  cluster.service("in-b", 1, where("attribute:ecs.availability-zone in [b, c]"));
  EXPECT_EQ(cluster.decide().pools[0].target, 2);
}

}  // namespace
}  // namespace hakoban
