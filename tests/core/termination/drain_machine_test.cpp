#include "core/termination/drain_machine.h"

#include <algorithm>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/fakes/simulated_host.h"

namespace hakoban {
namespace {

const TargetRef kWeb = target_of("web");
const TargetRef kApi = target_of("api", 8080);

// One of everything: what the drains below begin with.
void furnish(SimulatedHost& host) {
  host.add("service", {TaskKind::service, {kWeb, kApi}});
  host.add("worker", {TaskKind::service});
  host.add("batch", {TaskKind::batch, {}, 30s, 10s});
  host.add("daemon", {TaskKind::daemon});
  host.add("self", {TaskKind::daemon, {}, 30s, 2s, true});
}

bool told(const SimulatedHost& host, DrainStep step) {
  return std::any_of(host.milestones.begin(), host.milestones.end(),
                     [&](const auto& entry) { return entry.second.step == step; });
}

TEST(Drain, of_a_calm_host_takes_each_step_in_its_order) {
  SimulatedHost host;
  furnish(host);
  host.begin(spot_notice());
  host.run();

  EXPECT_LE(*host.draining_at(), kNoon + 200ms);
  EXPECT_LE(*host.term_at("batch"), kNoon + 1s) << "right after DRAINING";
  EXPECT_EQ(host.standing_at_term("service"), TargetStanding::out);
  EXPECT_LE(*host.term_at("service"), kNoon + 25s) << "as soon as it is out";
  EXPECT_GE(*host.term_at("worker"), kNoon + 15s) << "after its grace";
  EXPECT_GE(*host.term_at("daemon"), std::max(*host.end_at("service"), *host.end_at("batch")));
  EXPECT_FALSE(host.term_at("self"));
  const DrainSummary summary = summarize(host.state);
  EXPECT_FALSE(summary.missed);
  EXPECT_EQ(summary.tasks_ended, 4U);
  EXPECT_LT(*host.state.finished_at, kNoon + 60s);
}

TEST(Drain, does_not_wait_for_a_container_that_was_created_and_told_to_stop_before_it_began) {
  SimulatedHost host;
  furnish(host);
  SimulatedTask never{TaskKind::service};
  never.begins = false;
  host.add("never", never);
  host.begin(spot_notice());
  host.run();
  EXPECT_TRUE(host.state.tasks.at("never").told());
  EXPECT_FALSE(summarize(host.state).missed);
  EXPECT_LT(*host.state.finished_at, kNoon + 60s);
}

TEST(Drain, tells_each_step_once) {
  SimulatedHost host;
  furnish(host);
  host.begin(spot_notice());
  host.run();
  std::vector<std::string> steps;
  for (const auto& [at, milestone] : host.milestones) {
    std::string line{name_of(milestone.step)};
    if (milestone.kind) line += fmt::format(" {} {}", name_of(*milestone.kind), milestone.count);
    steps.push_back(line);
  }
  const std::vector<std::string> expected = {
      "notice_seen",
      "draining_set",
      "targets_deregistered",
      "tasks_stop_requested batch 1",
      "tasks_stopped batch 1",
      "targets_out",
      "tasks_stop_requested service 2",
      "tasks_stopped service 2",
      "tasks_stop_requested daemon 1",
      "tasks_stopped daemon 1",
      "logs_shipped",
      "drain_finished",
  };
  EXPECT_EQ(steps, expected);
}

TEST(Drain, forces_a_service_task_at_its_latest_time_when_its_targets_drain_for_five_minutes) {
  SimulatedHost host;
  host.deregistration_delay = 300s;
  furnish(host);
  host.begin(spot_notice());
  host.run();
  EXPECT_GE(*host.term_at("service"), kNoon + 77s);
  EXPECT_LE(*host.term_at("service"), kNoon + 78s);
  EXPECT_EQ(host.standing_at_term("service"), TargetStanding::draining);
  EXPECT_EQ(host.state.tasks.at("service").why, StopWhy::latest_time);
  EXPECT_FALSE(summarize(host.state).missed);
  EXPECT_EQ(summarize(host.state).told_while_registered, 0U);
}

TEST(Drain, stops_a_daemon_at_its_own_latest_time_when_others_will_not_end) {
  SimulatedHost host;
  host.deregistration_delay = 300s;
  host.add("service", {TaskKind::service, {kWeb}, 20s, 60s});
  host.add("daemon", {TaskKind::daemon, {}, 40s});
  host.begin(spot_notice());
  host.run();
  EXPECT_GE(*host.term_at("daemon"), kNoon + 67s);
  EXPECT_LE(*host.term_at("daemon"), kNoon + 68s);
}

TEST(Drain, goes_on_with_deregistration_while_draining_is_refused_and_stops_batch_after_its_patience) {
  SimulatedHost host;
  host.broken[DrainCall::set_draining] = Errc::throttled;
  furnish(host);
  host.begin(spot_notice());
  host.run();
  EXPECT_EQ(host.standing(kWeb), TargetStanding::out);
  EXPECT_GE(*host.term_at("batch"), kNoon + 10s);
  EXPECT_LE(*host.term_at("batch"), kNoon + 11s);
  EXPECT_EQ(summarize(host.state).tasks_left, 0U);
  EXPECT_TRUE(summarize(host.state).missed) << "an instance left ACTIVE is something left undone";
  EXPECT_GT(host.calls(DrainCall::set_draining), 15U) << "it keeps trying";
  EXPECT_LT(host.calls(DrainCall::set_draining), 60U) << "with back-off";
}

TEST(Drain, deregisters_again_what_ecs_registers_again) {
  SimulatedHost host;
  host.deregistration_delay = 30s;
  host.registers_again_at = kNoon + 10s;
  furnish(host);
  host.begin(spot_notice());
  host.run();
  EXPECT_EQ(host.standing_at_term("service"), TargetStanding::out);
  EXPECT_GE(host.calls(DrainCall::deregister), 4U);
  EXPECT_EQ(summarize(host.state).registered_again, 2U);
  EXPECT_FALSE(summarize(host.state).missed);
}

TEST(Drain, makes_one_deregistration_a_group) {
  SimulatedHost host;
  host.add("a", {TaskKind::service, {target_of("web", 81), target_of("web", 82)}});
  host.add("b", {TaskKind::service, {target_of("web", 83)}});
  host.begin(spot_notice());
  host.run();
  ASSERT_EQ(host.calls(DrainCall::deregister), 1U);
  const auto call = std::find_if(host.log.begin(), host.log.end(), [](const auto& entry) {
    return entry.second.call == DrainCall::deregister;
  });
  EXPECT_EQ(call->second.targets.size(), 3U);
}

TEST(Drain, stops_locally_at_once_when_stop_task_is_denied) {
  SimulatedHost host;
  host.broken[DrainCall::stop_task] = Errc::denied;
  furnish(host);
  host.begin(spot_notice());
  host.run();
  EXPECT_LE(*host.term_at("batch"), kNoon + 1s);
  EXPECT_EQ(host.standing_at_term("service"), TargetStanding::out);
  EXPECT_EQ(host.state.tasks.at("batch").how(), StopHow::docker_stop);
  EXPECT_FALSE(summarize(host.state).missed);
}

TEST(Drain, stops_locally_when_stop_task_is_throttled_again_and_again) {
  SimulatedHost host;
  host.broken[DrainCall::stop_task] = Errc::throttled;
  furnish(host);
  host.begin(spot_notice());
  host.run();
  EXPECT_LE(*host.term_at("batch"), kNoon + 5s);
  EXPECT_FALSE(host.killed("batch")) << "its time to clean up is still its own";
  EXPECT_FALSE(summarize(host.state).missed);
}

TEST(Drain, stops_locally_what_stop_task_did_not_end) {
  SimulatedHost host;
  host.ecs_agent_dead = true;
  furnish(host);
  host.begin(spot_notice());
  host.run();
  EXPECT_GE(*host.term_at("batch"), kNoon + 77s) << "it may be stopping its containers one after the other";
  EXPECT_LE(*host.term_at("batch"), kNoon + 80s) << "and still has its whole stop timeout";
  EXPECT_FALSE(host.killed("batch"));
  EXPECT_EQ(summarize(host.state).tasks_left, 0U);
  EXPECT_FALSE(summarize(host.state).missed);
}

TEST(Drain, works_without_knowing_the_container_instance) {
  SimulatedHost host;
  furnish(host);
  host.view().ecs = {};
  host.begin(spot_notice());
  host.run();
  EXPECT_EQ(host.calls(DrainCall::set_draining), 0U);
  EXPECT_EQ(summarize(host.state).tasks_left, 0U);
  EXPECT_EQ(host.standing_at_term("service"), TargetStanding::out);
  EXPECT_FALSE(summarize(host.state).missed);
}

TEST(Drain, sets_a_container_instance_draining_that_becomes_known_later_or_changes) {
  SimulatedHost host;
  furnish(host);
  host.view().ecs = {};
  host.begin(spot_notice());
  for (int tenths = 0; tenths < 50; ++tenths) host.step();
  host.view().ecs = {"prod", "arn:instance", "1"};
  for (int tenths = 0; tenths < 50; ++tenths) host.step();
  EXPECT_EQ(host.calls(DrainCall::set_draining), 1U);
  host.view().ecs.container_instance_arn = "arn:another";
  host.run();
  EXPECT_EQ(host.calls(DrainCall::set_draining), 2U);
}

TEST(Drain, takes_in_a_task_that_appears_in_the_middle) {
  SimulatedHost host;
  furnish(host);
  host.begin(spot_notice());
  for (int tenths = 0; tenths < 100; ++tenths) host.step();
  host.add("late", {TaskKind::service, {target_of("late")}});
  host.run();
  EXPECT_EQ(host.standing_at_term("late"), TargetStanding::out);
  EXPECT_TRUE(host.end_at("late"));
  EXPECT_FALSE(summarize(host.state).missed);
}

TEST(Drain, waits_for_the_kind_of_a_task_to_become_known) {
  SimulatedHost host;
  host.add("task", {TaskKind::unknown, {}, 30s});
  host.begin(spot_notice());
  for (int tenths = 0; tenths < 100; ++tenths) host.step();
  EXPECT_FALSE(host.term_at("task"));
  host.view().tasks[0].kind = TaskKind::batch;
  for (int tenths = 0; tenths < 20; ++tenths) host.step();
  EXPECT_TRUE(host.term_at("task"));
}

TEST(Drain, stops_a_task_of_unknown_kind_when_the_api_stays_silent) {
  SimulatedHost host;
  host.add("task", {TaskKind::unknown, {}, 30s});
  host.begin(spot_notice());
  host.run();
  EXPECT_GE(*host.term_at("task"), kNoon + 30s);
  EXPECT_LE(*host.term_at("task"), kNoon + 31s);
}

TEST(Drain, keeps_what_the_view_forgets) {
  SimulatedHost host;
  furnish(host);
  host.begin(spot_notice());
  for (int tenths = 0; tenths < 20; ++tenths) host.step();
  for (TaskView& task : host.view().tasks) {
    task.kind = TaskKind::unknown;
    task.targets.clear();
  }
  host.run();
  EXPECT_EQ(host.standing_at_term("service"), TargetStanding::out);
  EXPECT_GE(*host.term_at("daemon"), *host.end_at("service"));
}

TEST(Drain, takes_a_task_for_ended_only_when_it_is_missing_for_a_while) {
  SimulatedHost host;
  host.add("service", {TaskKind::service, {kWeb}});
  host.begin(spot_notice());
  for (int tenths = 0; tenths < 10; ++tenths) host.step();
  const std::vector<TaskView> tasks = host.view().tasks;
  host.view().tasks.clear();
  for (int tenths = 0; tenths < 20; ++tenths) host.step();
  EXPECT_FALSE(host.state.tasks.at("service").ended_at);
  host.view().tasks = tasks;
  for (int tenths = 0; tenths < 40; ++tenths) host.step();
  EXPECT_FALSE(host.state.tasks.at("service").ended_at);
  host.view().tasks.clear();
  for (int tenths = 0; tenths < 60; ++tenths) host.step();
  EXPECT_TRUE(host.state.tasks.at("service").ended_at);
}

TEST(Drain, does_not_end_before_it_has_seen_the_host) {
  DrainPolicy policy;
  DrainState state = begin_drain(spot_notice(), policy, 1);
  HostView nothing_published;
  (void)advance(state, HostSeen{nothing_published}, policy, kNoon);
  (void)advance(state, LogsSeen{0}, policy, kNoon + 5s);
  EXPECT_FALSE(state.finished_at);
  HostView empty;
  empty.generation = 1;
  (void)advance(state, HostSeen{empty}, policy, kNoon + 6s);
  (void)advance(state, LogsSeen{0}, policy, kNoon + 7s);
  EXPECT_FALSE(state.finished_at) << "the first view may be incomplete";
  (void)advance(state, LogsSeen{0}, policy, kNoon + 9s);
  EXPECT_TRUE(state.finished_at) << "nothing runs here";
}

TEST(Drain, waits_for_the_logs_of_the_last_task) {
  SimulatedHost host;
  host.logs_take = 7s;
  furnish(host);
  host.begin(spot_notice());
  host.run();
  EXPECT_TRUE(told(host, DrainStep::logs_shipped));
  EXPECT_GE(*host.state.finished_at, *host.end_at("daemon") + 7s);
}

TEST(Drain, ends_at_the_deadline_with_logs_left) {
  SimulatedHost host;
  host.logs_take = 10min;
  furnish(host);
  host.begin(spot_notice());
  host.run();
  EXPECT_FALSE(told(host, DrainStep::logs_shipped));
  EXPECT_EQ(*host.state.finished_at, kNoon + 120s);
  EXPECT_TRUE(summarize(host.state).missed);
  EXPECT_EQ(summarize(host.state).log_bytes_left, 1000U);
}

TEST(Drain, tightens_when_the_deadline_moves_to_an_earlier_time_and_never_loosens) {
  DrainPolicy policy;
  DrainState state = begin_drain(spot_notice(), policy, 1);
  (void)advance(state, NoticeHeard{spot_notice(kNoon + 150s)}, policy, kNoon + 1s);
  EXPECT_EQ(state.deadline(), kNoon + 120s);
  (void)advance(state, NoticeHeard{spot_notice(kNoon + 60s)}, policy, kNoon + 2s);
  EXPECT_EQ(state.deadline(), kNoon + 60s);
  Notice withdrawn = spot_notice(kNoon + 30s);
  withdrawn.withdrawn = true;
  (void)advance(state, NoticeHeard{withdrawn}, policy, kNoon + 3s);
  EXPECT_EQ(state.deadline(), kNoon + 60s);
}

TEST(Drain, does_all_at_once_when_hibernation_leaves_no_time) {
  SimulatedHost host;
  furnish(host);
  Notice hibernate = spot_notice(kNoon);
  hibernate.action = "hibernate";
  host.begin(hibernate);
  host.run();
  EXPECT_LE(*host.draining_at(), kNoon + 200ms);
  for (const char* task : {"service", "worker", "batch", "daemon"}) {
    EXPECT_LE(*host.term_at(task), kNoon + 2s) << task;
  }
  EXPECT_FALSE(host.term_at("self"));
  EXPECT_EQ(summarize(host.state).tasks_left, 0U);
}

TEST(Drain, starts_nothing_after_it_gave_up) {
  SimulatedHost host;
  host.broken[DrainCall::set_draining] = Errc::unavailable;
  furnish(host);
  host.begin(spot_notice());
  host.run();
  const std::size_t calls = host.log.size();
  for (int tenths = 0; tenths < 100; ++tenths) host.step();
  EXPECT_EQ(host.log.size(), calls);
}

TEST(Drain, begins_anew_for_the_next_interruption_of_a_host_that_came_back_and_not_for_a_clock_that_moves) {
  SimulatedHost host;
  furnish(host);
  host.begin(spot_notice());
  host.run();
  ASSERT_TRUE(host.state.finished_at);
  host.hear(spot_notice(kNoon + 5min));
  EXPECT_TRUE(host.state.finished_at) << "a mock that moves its time";
  EXPECT_EQ(host.state.deadline(), kNoon + 2min);
  host.hear(spot_notice(kNoon + 24h));
  EXPECT_FALSE(host.state.finished_at) << "stopped, started, interrupted again";
  EXPECT_EQ(host.state.deadline(), kNoon + 24h);
}

}  // namespace
}  // namespace hakoban
