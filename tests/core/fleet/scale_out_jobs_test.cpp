#include "tests/core/fleet/growth_case.h"

namespace hakoban {
namespace {

using Case = GrowthCase;

class ScalingOutMore : public testing::TestWithParam<Case> {};

TEST_P(ScalingOutMore, is) {
  expect_growth(GetParam());
}

INSTANTIATE_TEST_SUITE_P(
    ForWaitingJobs, ScalingOutMore,
    testing::Values(Case{"each_job_counts_once",
                         [](auto& c) {
                           c.job("1", need(600, 600));
                           c.job("2", need(600, 600));
                         },
                         2, kNone, "no room for waiting jobs ×2"},
                    Case{"jobs_share_the_instances_bought",
                         [](auto& c) {
                           for (int i = 0; i < 9; ++i) c.job(std::to_string(i), need(250, 250));
                         },
                         3, kNone, ""},
                    Case{"a_silent_job_is_placed_or_given_up",
                         [](auto& c) { c.job("1", need(600, 600), "", 31s); }, 0, kNone, ""},
                    Case{"a_job_that_should_have_asked_again_is_most_likely_placed",
                         [](auto& c) { c.job("1", need(600, 600), "", 12s); }, 0, kNone, ""},
                    Case{"a_job_of_slower_rhythm_is_given_its_time",
                         [](auto& c) { c.job("1", need(600, 600), "", 20s).every = 20s; }, 1, kNone,
                         "waiting jobs"},
                    Case{"a_job_that_fails_beside_room_for_long_gets_an_empty_host",
                         [](auto& c) {
                           c.instance(100, 100);
                           c.job("1", need(600, 600)).room_since = kFleetNoon - 1min;
                         },
                         2, kNone, "job 1 (for which room does not do)"},
                    Case{"a_job_just_placed_is_not_reserved_twice",
                         [](auto& c) {
                           c.instance(500, 500);
                           c.job("1", need(500, 500));
                           c.job("2", need(500, 500), "", 15s);
                         },
                         1, kNone, ""},
                    Case{"a_job_of_another_pool_does_not_grow_this_one",
                         [](auto& c) { c.job("1", need(600, 600), "batch"); }, 0, kNone,
                         "job 1: asks for batch, which is none of ours"},
                    Case{"a_job_uses_its_own_pool_only",
                         [](auto& c) {
                           c.job("1", need(600, 600), "web");
                           c.pool("batch");
                           c.instance(0, 0);
                         },
                         1, kNone, "waiting jobs"},
                    Case{"a_job_too_large_is_refused_with_its_reason",
                         [](auto& c) { c.job("1", need(600, 6000)); }, 0, kNone,
                         "job 1 (600 cpu, 6000 MiB): web: no type holds it"},
                    Case{"the_next_pool_helps_when_the_first_is_full",
                         [](auto& c) {
                           c.last_pool().max = 1;
                           c.pool("more");
                           for (int i = 0; i < 3; ++i) c.job(std::to_string(i), need(900, 900));
                         },
                         1, kNone, "no room for waiting jobs ×2"},
                    Case{"a_pool_that_does_not_deliver_is_not_asked_for_more",
                         [](auto& c) {
                           c.last_pool().target = 3;
                           c.last_pool().unlaunched_since = kFleetNoon - 3min;
                           c.job("1", need(600, 600));
                         },
                         3, kNone, "owes 3 units for longer than 3m"}),
    [](const auto& each) { return each.param.name; });

INSTANTIATE_TEST_SUITE_P(CallsBack, ScalingOutMore,
                         testing::Values(Case{"a_draining_host_before_one_is_bought",
                                              [](auto& c) {
                                                c.draining(200, 200);
                                                c.service("api", 1, need(500, 500));
                                              },
                                              1, std::vector<std::string>{"instance-1"}, "service api"},
                                         Case{"the_one_that_began_to_drain_last",
                                              [](auto& c) {
                                                c.draining(200, 200, 5min);
                                                c.draining(200, 200, 1min);
                                                c.service("api", 1, need(500, 500));
                                              },
                                              2, std::vector<std::string>{"instance-2"}, ""},
                                         Case{"for_reservation_too",
                                              [](auto& c) {
                                                c.instances(2, 850, 100);
                                                c.draining(100, 100);
                                              },
                                              3, std::vector<std::string>{"instance-3"}, "reservation above"},
                                         Case{"for_the_minimum_too",
                                              [](auto& c) {
                                                c.draining(100, 100);
                                                c.last_pool().min = 1;
                                              },
                                              1, std::vector<std::string>{"instance-1"}, "at least 1 units"},
                                         Case{"and_buys_what_is_still_missing",
                                              [](auto& c) {
                                                c.draining(200, 200);
                                                c.service("api", 2, need(500, 500));
                                              },
                                              2, std::vector<std::string>{"instance-1"}, ""},
                                         Case{"but_not_one_that_somebody_else_drains",
                                              [](auto& c) {
                                                c.draining(200, 200).drained_at.reset();
                                                c.service("api", 1, need(500, 500));
                                              },
                                              2, kNone, ""},
                                         Case{"but_not_one_that_is_about_to_be_reclaimed",
                                              [](auto& c) {
                                                c.draining(200, 200).leaving = true;
                                                c.service("api", 1, need(500, 500));
                                              },
                                              2, kNone, ""}),
                         [](const auto& each) { return each.param.name; });

INSTANTIATE_TEST_SUITE_P(KeepsHeadroom, ScalingOutMore,
                         testing::Values(Case{"as_a_percentage",
                                              [](auto& c) {
                                                c.instances(4, 750, 100);
                                                c.policy.on_demand.headroom = {HeadroomKind::percentage, 30};
                                              },
                                              5, kNone, "headroom of 30 % not there"},
                                         Case{"as_instances",
                                              [](auto& c) {
                                                c.instances(4, 700, 100);
                                                c.policy.on_demand.headroom = {HeadroomKind::instances, 2};
                                              },
                                              5, kNone, "headroom of 2 instances not there"},
                                         Case{"as_room_for_the_largest_task",
                                              [](auto& c) {
                                                c.instances(4, 500, 100);
                                                c.service("big", 0, need(600, 100));
                                                c.policy.on_demand.headroom = {HeadroomKind::largest_task, 2};
                                              },
                                              6, kNone, "the largest task (headroom) ×2"},
                                         Case{"as_room_for_the_largest_task_that_the_pool_can_hold",
                                              [](auto& c) {
                                                c.instances(4, 500, 100);
                                                c.service("huge", 0, need(60000, 100));
                                                c.service("big", 0, need(600, 100));
                                                c.policy.on_demand.headroom = {HeadroomKind::largest_task, 2};
                                              },
                                              6, kNone, "the largest task (headroom) ×2"},
                                         Case{"and_buys_nothing_when_it_is_there",
                                              [](auto& c) {
                                                c.instances(4, 300, 100);
                                                c.service("big", 0, need(600, 100));
                                                c.policy.on_demand.headroom = {HeadroomKind::largest_task, 4};
                                              },
                                              4, kNone, ""},
                                         Case{"on_top_of_what_waits",
                                              [](auto& c) {
                                                c.instances(1, 500, 0);
                                                c.job("1", need(700, 100));
                                                c.policy.on_demand.headroom = {HeadroomKind::percentage, 50};
                                              },
                                              3, kNone, "headroom of 50 % not there"},
                                         Case{"more_of_it_at_peak_hours",
                                              [](auto& c) {
                                                c.instances(4, 500, 100);
                                                Schedule peak;
                                                peak.from = 11h;
                                                peak.to = 13h;
                                                peak.headroom = Headroom{HeadroomKind::percentage, 60};
                                                c.policy.on_demand.schedules = {peak};
                                              },
                                              5, kNone, "headroom of 60 %"}),
                         [](const auto& each) { return each.param.name; });

INSTANTIATE_TEST_SUITE_P(HoldsWhenBlind, ScalingOutMore,
                         testing::Values(Case{"on_stale_instances",
                                              [](auto& c) {
                                                c.instances(4, 990, 0);
                                                c.snapshot.instances_at = kFleetNoon - 61s;
                                              },
                                              4, kNone, "container instances not seen for 1m1s"},
                                         Case{"on_stale_pools",
                                              [](auto& c) {
                                                c.instances(4, 990, 0);
                                                c.snapshot.pools_at = kFleetNoon - 2min;
                                              },
                                              4, kNone, "pools not seen for 2m"},
                                         Case{"before_anything_was_seen",
                                              [](auto& c) {
                                                c.job("1", need(100, 100));
                                                c.snapshot.instances_at = {};
                                              },
                                              0, kNone, "container instances not seen yet"},
                                         Case{"but_grows_for_jobs_without_services",
                                              [](auto& c) {
                                                c.job("1", need(100, 100));
                                                c.service("api", 5, need(900, 900));
                                                c.snapshot.services_at = kFleetNoon - 2min;
                                              },
                                              1, kNone, "waiting jobs"}),
                         [](const auto& each) { return each.param.name; });

}  // namespace
}  // namespace hakoban
