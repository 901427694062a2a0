#include "handlers/drain/drain_session.h"

#include "handlers/drain/drain_journal.h"
#include "platform/files.h"
#include "tests/handlers/drain/drain_scene.h"

namespace hakoban {
namespace {

class Session : public DrainScene {
 protected:
  DrainSession begin(Duration left = 2min) {
    return {ports, config, timeline, begin_drain(notice(left), config.policy, 1), ""};
  }

  // A fifth of a second a turn, until the drain is finished.
  void finish(DrainSession& session) {
    for (int turns = 0; turns < 2000 && !session.state().finished_at; ++turns) {
      session.turn(1ms, {});
      clock.advance(200ms);
    }
    ASSERT_TRUE(session.state().finished_at);
  }

  long place(const std::string& call) const {
    const auto calls = log.all();
    return std::find(calls.begin(), calls.end(), call) - calls.begin();
  }

  DrainTimeline timeline{registry};
};

TEST_F(Session, drains_the_host_in_order) {
  DrainSession session = begin();
  finish(session);
  EXPECT_EQ(log.count("set DRAINING arn:instance"), 1);
  EXPECT_EQ(log.count("deregister arn:web"), 1);
  EXPECT_LT(place("target_health arn:web"), place("stop_task service"));
  EXPECT_LT(place("stop_task batch"), place("stop_task daemon"));
  EXPECT_LT(place("stop_task service"), place("stop_task daemon"));
  EXPECT_EQ(log.count("stop_task self"), 0);
  EXPECT_FALSE(summarize(session.state()).missed);
}

TEST_F(Session, counts_what_it_did) {
  DrainSession session = begin();
  ecs.failures.fail("set_instance_status", Error{Errc::throttled, "slow down"}, 2);
  finish(session);
  EXPECT_EQ(value("hakoban_drain_api_failures_total", "set_draining"), 2);
  EXPECT_EQ(value("hakoban_drain_tasks_stopped_total", "stop_task"), 3);
  EXPECT_EQ(value("hakoban_drain_step_seconds", "draining_set"), 1);
  EXPECT_EQ(value("hakoban_drain_step_seconds", "drain_finished"), 1);
  EXPECT_GT(value("hakoban_drain_slack_seconds", "drain_finished"), 60);
  EXPECT_EQ(value("hakoban_drain_missed_deadline_total"), 0);
  EXPECT_EQ(value("hakoban_drain_stopped_while_registered_total"), 0);
  EXPECT_EQ(value("hakoban_drain_active"), 0);
}

TEST_F(Session, asks_the_logs_to_hurry_and_waits_for_them) {
  logs.bytes = 100;
  DrainSession session = begin();
  EXPECT_EQ(logs.deadlines(), std::vector{clock.now() + 2min});
  for (int turns = 0; turns < 300; ++turns) {
    session.turn(1ms, {});
    clock.advance(100ms);
  }
  EXPECT_TRUE(session.state().all_ended());
  EXPECT_EQ(logs.marks, 1) << "what is written after the last task's end is not waited for";
  EXPECT_FALSE(session.state().finished_at);
  logs.bytes = 0;
  finish(session);
  EXPECT_FALSE(summarize(session.state()).missed);
}

TEST_F(Session, ends_at_the_deadline_when_the_logs_never_get_away) {
  logs.bytes = 100;
  DrainSession session = begin();
  const TimePoint deadline = session.state().deadline();
  finish(session);
  EXPECT_GE(*session.state().finished_at, deadline);
  EXPECT_LE(*session.state().finished_at, deadline + 1s);
  EXPECT_EQ(value("hakoban_drain_missed_deadline_total"), 1);
}

TEST_F(Session, counts_a_task_that_had_to_be_stopped_while_registered_and_a_missed_deadline) {
  balancers.failures.fail("deregister_targets", Error{Errc::unavailable, "500"});
  DrainSession session = begin();
  finish(session);
  EXPECT_EQ(log.count("stop_task service"), 1);
  EXPECT_EQ(value("hakoban_drain_stopped_while_registered_total"), 1);
  EXPECT_EQ(value("hakoban_drain_missed_deadline_total"), 1) << "its target is still registered";
}

TEST_F(Session, stops_containers_through_docker_where_ecs_denies_it) {
  ecs.failures.fail("stop_task", Error{Errc::denied, "AccessDenied"});
  DrainSession session = begin();
  finish(session);
  EXPECT_EQ(log.count("docker_stop c-service"), 1);
  EXPECT_EQ(log.count("docker_stop c-self"), 0);
  EXPECT_EQ(value("hakoban_drain_tasks_stopped_total", "docker_stop"), 3);
}

TEST_F(Session, does_what_it_can_where_the_container_instance_is_not_known_and_no_api_answers) {
  forget_instance();
  ecs.failures.fail("stop_task", Error{Errc::unavailable, "no route"});
  balancers.failures.fail("deregister_targets", Error{Errc::unavailable, "no route"});
  DrainSession session = begin();
  const TimePoint deadline = session.state().deadline();
  finish(session);
  EXPECT_EQ(log.count("set DRAINING arn:instance"), 0);
  for (const char* task : {"batch", "service", "daemon"}) {
    const TaskProgress& progress = session.state().tasks.at(task);
    ASSERT_TRUE(progress.local_stop_at && progress.ended_at) << task;
    EXPECT_LE(*progress.ended_at, deadline - 40s) << task;
  }
}

TEST_F(Session, says_that_it_completes_none_of_several_hooks_without_a_name) {
  lifecycle.hooks = {"hosts", {{"backup", 5min}, {"audit", 5min}}};
  Notice told = notice();
  told.kind = NoticeKind::lifecycle;
  DrainSession session{ports, config, timeline, begin_drain(told, config.policy, 1), ""};
  for (int turns = 0; turns < 200; ++turns) {
    session.turn(1ms, {});
    clock.advance(200ms);
  }
  EXPECT_EQ(log.count("find_hooks i-1"), 1);
  EXPECT_EQ(value("hakoban_drain_conflict", "foreign_hooks"), 1);
  EXPECT_EQ(log.count("complete_hook hosts backup") + log.count("complete_hook hosts audit"), 0);
}

TEST_F(Session, journals_each_step) {
  DrainSession session = begin();
  session.turn(0s, {});
  const auto first = parse_journal(read_file(config.journal).value());
  ASSERT_TRUE(first);
  EXPECT_EQ(first->state.deadline(), session.state().deadline());
  finish(session);
  const auto last = parse_journal(read_file(config.journal).value());
  ASSERT_TRUE(last);
  EXPECT_TRUE(last->state.draining_at && last->state.all_ended());
}

TEST_F(Session, drains_though_its_journal_cannot_be_written) {
  config.journal = "/proc/no-such-folder/drain.json";
  DrainSession session = begin();
  finish(session);
  EXPECT_EQ(log.count("stop_task service"), 1);
  EXPECT_GT(value("hakoban_drain_journal_failures_total"), 0);
}

TEST_F(Session, hurries_the_logs_more_when_the_deadline_moves_to_an_earlier_time) {
  DrainSession session = begin();
  session.hear(notice(1min));
  EXPECT_EQ(logs.deadlines().back(), clock.now() + 1min);
  session.hear(notice(3min));
  EXPECT_EQ(logs.deadlines().back(), clock.now() + 1min);
}

}  // namespace
}  // namespace hakoban
