// Several notices, one drain: what they come to, and how a host returns.
#include <gtest/gtest.h>

#include "core/termination/drain_machine.h"
#include "tests/fakes/simulated_host.h"

namespace hakoban {
namespace {

const TargetRef kWeb = target_of("web");

Notice notice_of(NoticeKind kind, const std::string& id, TimePoint seen_at = kNoon,
                 std::optional<TimePoint> deadline = {}) {
  Notice notice;
  notice.kind = kind;
  notice.id = id;
  notice.action = kind == NoticeKind::operator_request ? std::string{kDrain} : "instance-stop";
  notice.seen_at = seen_at;
  notice.deadline = deadline;
  return notice;
}

Notice operator_request(TimePoint seen_at = kNoon) {
  return notice_of(NoticeKind::operator_request, "operator", seen_at);
}

Notice withdrawn(Notice notice) {
  notice.withdrawn = true;
  return notice;
}

void furnish(SimulatedHost& host) {
  host.add("service", {TaskKind::service, {kWeb}});
  host.add("batch", {TaskKind::batch, {}, 30s, 10s});
  host.add("self", {TaskKind::daemon, {}, 30s, 2s, true});
}

TEST(GentleDrain, leaves_services_to_ecs_and_lets_batch_tasks_run) {
  SimulatedHost host;
  host.ecs_moves_after = 3min;
  furnish(host);
  host.begin(operator_request());
  host.run_for(30min);
  EXPECT_TRUE(host.draining_at());
  EXPECT_TRUE(host.end_at("service")) << "moved by ECS";
  EXPECT_EQ(host.calls(DrainCall::deregister), 0U);
  EXPECT_EQ(host.calls(DrainCall::stop_task), 0U);
  EXPECT_FALSE(host.term_at("batch"));
  EXPECT_FALSE(host.state.finished_at);
}

TEST(GentleDrain, forces_what_is_left_near_its_deadline) {
  SimulatedHost host;
  furnish(host);
  host.begin(operator_request());
  host.run();
  ASSERT_TRUE(host.term_at("batch") && host.term_at("service"));
  EXPECT_GE(*host.term_at("batch"), kNoon + 1h - 45s);
  EXPECT_LE(*host.term_at("batch"), kNoon + 1h - 42s);
  EXPECT_EQ(host.standing_at_term("service"), TargetStanding::out);
  EXPECT_TRUE(host.state.finished_at);
  EXPECT_FALSE(summarize(host.state).missed);
}

TEST(GentleDrain, respects_scale_in_protection_and_ends_when_the_task_does) {
  SimulatedHost host;
  host.protected_tasks = {"service"};
  furnish(host);
  host.begin(operator_request());
  host.run_for(2h);
  EXPECT_FALSE(host.term_at("service"));
  EXPECT_EQ(host.calls(DrainCall::deregister), 0U);
  EXPECT_TRUE(host.end_at("batch"));
  EXPECT_FALSE(host.state.finished_at);
  host.protected_tasks.clear();
  host.run_for(10min);
  EXPECT_EQ(host.standing_at_term("service"), TargetStanding::out);
  EXPECT_TRUE(host.state.finished_at);
}

TEST(GentleDrain, stops_a_protected_task_where_the_host_goes_in_any_case) {
  SimulatedHost host;
  host.protected_tasks = {"service"};
  furnish(host);
  host.begin(notice_of(NoticeKind::maintenance, "event-1", kNoon, kNoon + 20min));
  host.run();
  ASSERT_TRUE(host.term_at("service"));
  EXPECT_GE(*host.term_at("service"), kNoon + 20min - 45s);
  EXPECT_LE(*host.end_at("service"), kNoon + 20min);
}

TEST(GentleDrain, becomes_hard_with_a_spot_notice) {
  SimulatedHost host;
  furnish(host);
  host.begin(operator_request());
  host.run_for(10min);
  EXPECT_FALSE(host.term_at("batch"));
  const TimePoint noticed = host.now;
  host.hear(spot_notice(noticed + 120s, noticed));
  EXPECT_EQ(host.state.deadline(), noticed + 120s);
  host.run();
  EXPECT_LE(*host.term_at("batch"), noticed + 1s);
  EXPECT_EQ(host.standing_at_term("service"), TargetStanding::out);
  EXPECT_EQ(host.calls(DrainCall::set_draining), 1U) << "that was done";
  EXPECT_FALSE(summarize(host.state).missed);
}

TEST(Mark, sets_draining_and_nothing_else) {
  SimulatedHost host;
  host.policy.notices.rebalance = Manner::mark;
  furnish(host);
  host.begin(notice_of(NoticeKind::rebalance, "rebalance-1"));
  host.run_for(3h);
  EXPECT_TRUE(host.draining_at());
  EXPECT_FALSE(host.term_at("service") || host.term_at("batch"));
  EXPECT_TRUE(host.state.finished_at);
  EXPECT_EQ(host.log.size(), 2U) << "one question and one call";
}

TEST(CalledOff, returns_the_host_that_we_drained) {
  SimulatedHost host;
  furnish(host);
  const Notice event = notice_of(NoticeKind::maintenance, "event-1", kNoon, kNoon + 20min);
  host.begin(event);
  host.run_for(1min);
  ASSERT_TRUE(host.draining_at());
  host.hear(withdrawn(event));
  host.run_for(5s);
  EXPECT_FALSE(host.draining_at());
  EXPECT_TRUE(host.state.returned_at);
  EXPECT_FALSE(host.term_at("batch"));
  const auto calls = host.log.size();
  host.run_for(30min);
  EXPECT_EQ(host.log.size(), calls) << "nothing more is done";
}

TEST(CalledOff, leaves_what_another_had_drained_before) {
  SimulatedHost host;
  host.drained_by_another = true;
  furnish(host);
  host.begin(operator_request());
  host.run_for(1min);
  EXPECT_TRUE(host.state.drained_by_another());
  EXPECT_EQ(host.calls(DrainCall::set_draining), 0U);
  host.dismiss();
  host.run_for(5s);
  EXPECT_EQ(host.calls(DrainCall::set_active), 0U);
  EXPECT_TRUE(host.state.returned_at);
}

TEST(CalledOff, still_stops_a_task_that_was_taken_out_already) {
  SimulatedHost host;
  furnish(host);
  host.begin(operator_request());
  while (host.calls(DrainCall::deregister) == 0) host.step();
  host.run_for(2s);
  host.dismiss();
  host.run_for(1min);
  EXPECT_EQ(host.standing_at_term("service"), TargetStanding::out);
  EXPECT_FALSE(host.term_at("batch"));
  EXPECT_TRUE(host.state.returned_at);
  EXPECT_FALSE(host.draining_at());
}

TEST(CalledOff, is_not_believed_of_a_spot_notice_before_its_time) {
  SimulatedHost host;
  furnish(host);
  host.begin(spot_notice());
  host.run_for(10s);
  host.hear(withdrawn(spot_notice()));
  host.run();
  EXPECT_TRUE(host.end_at("service") && host.end_at("batch"));
  EXPECT_TRUE(host.draining_at());
  host.run_for(5min);
  EXPECT_FALSE(host.draining_at()) << "stopped, started, and its notice gone: it works again";
  EXPECT_TRUE(host.state.returned_at);
}

TEST(CalledOff, waits_for_all_causes) {
  SimulatedHost host;
  furnish(host);
  const Notice event = notice_of(NoticeKind::maintenance, "event-1", kNoon, kNoon + 3h);
  host.begin(operator_request());
  host.hear(event);
  host.run_for(10s);
  host.hear(withdrawn(event));
  host.run_for(10s);
  EXPECT_TRUE(host.draining_at()) << "the operator's word stands";
  host.dismiss();
  host.run_for(10s);
  EXPECT_FALSE(host.draining_at());
}

TEST(CalledOff, begins_anew_with_the_next_notice) {
  SimulatedHost host;
  furnish(host);
  host.begin(operator_request());
  host.run_for(10s);
  host.dismiss();
  host.run_for(10s);
  ASSERT_TRUE(host.state.returned_at);
  const TimePoint noticed = host.now;
  host.hear(spot_notice(noticed + 120s, noticed));
  host.run();
  EXPECT_EQ(host.calls(DrainCall::set_draining), 2U);
  EXPECT_TRUE(host.draining_at());
  EXPECT_FALSE(summarize(host.state).missed);
}

TEST(Dismissed, maintenance_told_anew_is_not_answered_again_but_an_operator_is) {
  SimulatedHost host;
  furnish(host);
  const Notice event = notice_of(NoticeKind::maintenance, "event-1", kNoon, kNoon + 3h);
  host.begin(event);
  host.run_for(10s);
  host.dismiss();
  host.run_for(10s);
  host.hear(event);
  host.run_for(10s);
  EXPECT_FALSE(host.draining_at());
  host.hear(operator_request(host.now));
  host.run_for(10s);
  EXPECT_TRUE(host.draining_at());
}

TEST(Lifecycle, renews_the_hook_while_tasks_run_and_completes_it_at_the_end) {
  SimulatedHost host;
  host.lifecycle = {"group", {{"hakoban", 300s}, {"ecs-managed-draining-termination-hook", 120s}}};
  furnish(host);
  host.begin(notice_of(NoticeKind::lifecycle, "lifecycle"));
  host.run_for(20min);
  EXPECT_GE(host.beats().size(), 10U);
  EXPECT_LE(host.beats().size(), 20U);
  EXPECT_FALSE(host.completed_at("hakoban"));
  EXPECT_TRUE(host.state.lifecycle.managed);
  host.run();
  ASSERT_TRUE(host.completed_at("hakoban"));
  EXPECT_GE(*host.completed_at("hakoban"), *host.end_at("service"));
  EXPECT_FALSE(host.completed_at("ecs-managed-draining-termination-hook")) << "that is ECS's own";
  EXPECT_FALSE(summarize(host.state).missed);
}

TEST(Lifecycle, without_a_hook_has_no_time) {
  SimulatedHost host;
  host.lifecycle = {"group", {}};
  furnish(host);
  host.begin(notice_of(NoticeKind::lifecycle, "lifecycle"));
  host.run();
  EXPECT_LE(*host.term_at("batch"), kNoon + 2s);
  EXPECT_LE(*host.end_at("service"), kNoon + 120s);
}

TEST(Lifecycle, leaves_the_hooks_of_others_unless_they_are_named) {
  SimulatedHost host;
  host.lifecycle = {"group", {{"backup", 300s}, {"drain", 300s}}};
  host.policy.lifecycle_hooks = {"drain"};
  host.begin(notice_of(NoticeKind::lifecycle, "lifecycle"));
  host.run();
  EXPECT_TRUE(host.completed_at("drain"));
  EXPECT_FALSE(host.completed_at("backup"));
  EXPECT_EQ(host.state.lifecycle.foreign_hooks, 1U);
}

TEST(Wishes, of_tasks_go_before_their_kind) {
  SimulatedHost host;
  host.add("patient", {.kind = TaskKind::batch, .on_interruption = "run-until-deadline"});
  host.add("told", {.kind = TaskKind::batch, .on_interruption = "notify"});
  host.add("stopped", {.kind = TaskKind::service, .on_interruption = "stop"});
  host.begin(spot_notice());
  host.run();
  EXPECT_GE(*host.term_at("patient"), kNoon + 77s);
  EXPECT_LE(*host.notified_at("told"), kNoon + 1s);
  EXPECT_GE(*host.term_at("told"), kNoon + 77s);
  EXPECT_LE(*host.term_at("stopped"), kNoon + 1s) << "without its kind's grace";
  EXPECT_FALSE(host.notified_at("patient"));
  EXPECT_EQ(host.calls(DrainCall::notify_task), 1U);
}

TEST(Discovery, is_left_at_once_and_the_task_stopped_when_its_records_are_stale) {
  SimulatedHost host;
  host.add("found", {.kind = TaskKind::service, .discovery = {{"srv-1", "task-1"}}});
  host.begin(spot_notice());
  host.run();
  EXPECT_LE(*host.left_discovery_at("srv-1/task-1"), kNoon + 1s);
  EXPECT_GE(*host.term_at("found"), *host.left_discovery_at("srv-1/task-1") + 30s);
  EXPECT_LE(*host.term_at("found"), *host.left_discovery_at("srv-1/task-1") + 32s);
}

TEST(ClassicElb, is_left_by_the_whole_instance) {
  SimulatedHost host;
  host.add("old", {TaskKind::service});
  host.view().tasks.front().classic_elbs = {{"classic"}};
  host.begin(spot_notice());
  host.run();
  const TargetRef target = classic_target({"classic"}, "i-1");
  EXPECT_TRUE(host.state.targets.at(target).out);
  EXPECT_EQ(classic_name(target.group_arn), "classic");
  EXPECT_LE(*host.term_at("old"), kNoon + 30s) << "as soon as it is out, not at its latest";
}

}  // namespace
}  // namespace hakoban
