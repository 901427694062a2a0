#include "core/termination/drain_plan.h"

#include <gtest/gtest.h>

#include "tests/fakes/simulated_host.h"

namespace hakoban {
namespace {

RunningTask task(const std::string& arn, TaskKind kind, std::vector<TargetRef> targets = {},
                 Duration stop_timeout = 30s) {
  RunningTask made;
  made.arn = arn;
  made.kind = kind;
  made.targets = std::move(targets);
  made.stop_timeout = stop_timeout;
  made.stop_timeout_known = true;
  return made;
}

DrainPlan plan(const std::vector<RunningTask>& tasks, const Notice& notice = spot_notice(),
               TimePoint now = kNoon) {
  return plan_drain(drain_terms(notice, DrainPolicy{}), tasks, {}, DrainPolicy{}, now);
}

struct Case {
  std::string name;
  RunningTask task;
  Notice notice = spot_notice();
  StopRule rule;
  Duration latest;  // after noon
  bool fits = true;
};

RunningTask own(RunningTask task) {
  task.own = true;
  return task;
}

RunningTask behind_classic_elb(RunningTask task) {
  task.behind_classic_elb = true;
  return task;
}

Notice without_deadline() {
  Notice notice = spot_notice();
  notice.deadline.reset();
  return notice;
}

class PlanOfOneTask : public testing::TestWithParam<Case> {};

TEST_P(PlanOfOneTask, is) {
  const Case& expected = GetParam();
  const DrainPlan got = plan({expected.task}, expected.notice);
  ASSERT_EQ(got.stops.size(), 1U);
  EXPECT_EQ(name_of(got.stops[0].rule), name_of(expected.rule));
  EXPECT_EQ(format_duration(got.stops[0].latest - kNoon), format_duration(expected.latest));
  EXPECT_EQ(got.stops[0].fits, expected.fits);
}

const auto kTarget = std::vector{target_of("web")};

INSTANTIATE_TEST_SUITE_P(
    Drain, PlanOfOneTask,
    testing::Values(
        Case{"a_batch_task_is_stopped_at_once", task("a", TaskKind::batch), spot_notice(), StopRule::at_once,
             77s},
        Case{"a_service_task_waits_for_its_targets", task("a", TaskKind::service, kTarget), spot_notice(),
             StopRule::after_targets_out, 77s},
        Case{"a_service_task_without_targets_waits_a_grace", task("a", TaskKind::service), spot_notice(),
             StopRule::after_grace, 77s},
        Case{"a_daemon_goes_last", task("a", TaskKind::daemon), spot_notice(), StopRule::after_others, 77s},
        Case{"a_daemon_behind_a_balancer_still_goes_last", task("a", TaskKind::daemon, kTarget),
             spot_notice(), StopRule::after_others, 77s},
        Case{"a_task_of_unknown_kind_with_targets_waits_for_them", task("a", TaskKind::unknown, kTarget),
             spot_notice(), StopRule::after_targets_out, 77s},
        Case{"a_task_of_unknown_kind_waits_a_bounded_time_for_the_api", task("a", TaskKind::unknown),
             spot_notice(), StopRule::after_grace, 77s},
        Case{"a_batch_task_with_targets_waits_for_them_too", task("a", TaskKind::batch, kTarget),
             spot_notice(), StopRule::after_targets_out, 77s},
        Case{"a_classic_balancer_is_left_to_ecs_as_long_as_can_be",
             behind_classic_elb(task("a", TaskKind::service)), spot_notice(), StopRule::at_latest, 77s},
        Case{"a_longer_stop_timeout_makes_the_latest_time_earlier",
             task("a", TaskKind::service, kTarget, 90s), spot_notice(), StopRule::after_targets_out, 17s},
        Case{"a_stop_timeout_of_two_minutes_does_not_fit", task("a", TaskKind::batch, {}, 120s),
             spot_notice(), StopRule::at_once, -13s, false},
        Case{"one_with_targets_still_gives_balancers_a_moment", task("a", TaskKind::service, kTarget, 120s),
             spot_notice(), StopRule::after_targets_out, 10s, false},
        Case{"that_moment_is_a_tenth_of_a_shorter_time", task("a", TaskKind::service, kTarget, 30s),
             spot_notice(kNoon + 30s), StopRule::after_targets_out, 3s, false},
        Case{"a_deadline_that_is_over_leaves_none", task("a", TaskKind::service, kTarget, 30s),
             spot_notice(kNoon - 5s), StopRule::after_targets_out, 0s, false},
        Case{"no_deadline_means_two_minutes", task("a", TaskKind::batch), without_deadline(),
             StopRule::at_once, 77s}),
    [](const auto& each) { return each.param.name; });

TEST(DrainPlan, never_stops_the_own_task_but_deregisters_it) {
  const DrainPlan got = plan({own(task("self", TaskKind::daemon, {target_of("metrics")}))});
  ASSERT_EQ(got.stops.size(), 1U);
  EXPECT_EQ(got.stops[0].rule, StopRule::never);
  EXPECT_TRUE(got.too_long().empty());
  EXPECT_EQ(got.deregister, std::vector{target_of("metrics")});
}

TEST(DrainPlan, deregisters_each_target_once) {
  const DrainPlan got = plan({task("b", TaskKind::service, {target_of("web", 81), target_of("api")}),
                              task("a", TaskKind::service, {target_of("web", 80), target_of("api")})});
  const std::vector expected = {target_of("api"), target_of("web", 80), target_of("web", 81)};
  EXPECT_EQ(got.deregister, expected);
}

TEST(DrainPlan, orders_stops_by_their_latest_time_with_daemons_after_them_and_the_own_task_at_the_end) {
  const DrainPlan got =
      plan({own(task("self", TaskKind::daemon)), task("daemon", TaskKind::daemon, {}, 60s),
            task("short", TaskKind::batch, {}, 5s), task("long", TaskKind::service, {}, 50s)});
  std::vector<std::string> order;
  for (const PlannedStop& stop : got.stops) order.push_back(stop.task.arn);
  EXPECT_EQ(order, (std::vector<std::string>{"long", "short", "daemon", "self"}));
}

TEST(DrainPlan, names_tasks_whose_stop_timeout_does_not_fit) {
  const DrainPlan got =
      plan({task("quick", TaskKind::batch, {}, 5s), task("slow", TaskKind::batch, {}, 119s)});
  EXPECT_EQ(got.too_long(), std::vector<std::string>{"slow"});
}

TEST(DrainPlan, keeps_the_logs_reserve_free) {
  const DrainPlan got = plan({});
  EXPECT_EQ(got.deadline, kNoon + 120s);
  EXPECT_EQ(got.stopped_by, kNoon + 110s);
}

TEST(RunningTask, takes_the_longest_stop_timeout_and_the_services_name) {
  TaskView view;
  view.arn = "arn:task";
  view.family = "web-family";
  view.service = "web";
  view.kind = TaskKind::service;
  view.containers.resize(2);
  view.containers[0].state = ContainerState::running;
  view.containers[0].stop_timeout = 45s;
  view.containers[1].state = ContainerState::running;
  const RunningTask got = running_task(view, HostView{}, DrainPolicy{});
  EXPECT_EQ(got.name, "web");
  EXPECT_EQ(got.stop_timeout, 45s);
  EXPECT_TRUE(got.stop_timeout_known);
}

TEST(RunningTask, assumes_the_agents_default_while_nothing_is_known) {
  TaskView view;
  view.family = "web-family";
  view.containers.resize(1);
  view.containers[0].state = ContainerState::running;
  const RunningTask got = running_task(view, HostView{}, DrainPolicy{});
  EXPECT_EQ(got.name, "web-family");
  EXPECT_EQ(got.stop_timeout, 30s);
  EXPECT_FALSE(got.stop_timeout_known);
}

TEST(StillRunning, tells_a_task_that_has_no_container_yet_from_one_that_has_ended) {
  TaskView view;
  EXPECT_FALSE(still_running(view));
  view.last_status = "PENDING";
  EXPECT_TRUE(still_running(view));
  view.last_status = "STOPPED";
  EXPECT_FALSE(still_running(view));
  view.containers.resize(1);
  view.containers[0].state = ContainerState::exited;
  view.last_status = "RUNNING";
  EXPECT_FALSE(still_running(view));
}

TEST(StillRunning, believes_the_engine_that_a_container_runs_and_ecs_that_one_will_never_begin) {
  TaskView view;
  view.containers.resize(1);
  view.containers[0].state = ContainerState::created;
  view.last_status = "PENDING";
  EXPECT_TRUE(still_running(view));
  view.last_status = "STOPPED";
  EXPECT_FALSE(still_running(view)) << "stopped before it began";
  view.containers[0].state = ContainerState::running;
  EXPECT_TRUE(still_running(view));
}

}  // namespace
}  // namespace hakoban
