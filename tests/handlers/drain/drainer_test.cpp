#include "handlers/drain/drainer.h"

#include <thread>

#include "core/termination/drain_machine.h"
#include "handlers/drain/drain_journal.h"
#include "platform/files.h"
#include "tests/handlers/drain/drain_scene.h"

namespace hakoban {
namespace {

class Draining : public DrainScene {
 protected:
  // Gives the drainer these notices, and stops it once `seen` has come to pass.
  template <class Seen>
  void run(const std::vector<Notice>& notices, const Seen& seen) {
    Drainer drainer{ports, config, registry, [] { return 0.5; }};
    recalled = drainer.recall();
    std::jthread thread{[&](const std::stop_token& stop) { drainer.run(stop); }};
    for (const Notice& each : notices) ASSERT_TRUE(drainer.inbox().try_push(each));
    while (drainer.inbox().size() > 0) std::this_thread::yield();
    EXPECT_TRUE(seen());
  }

  void run(const std::vector<Notice>& notices) {
    run(notices, [] { return true; });
  }

  std::vector<Notice> recalled;  // by the last run

  [[nodiscard]] DrainState journalled() const {
    return parse_journal(read_file(config.journal).value()).value().state;
  }

  // As a drain of this notice leaves it that went well a minute ago.
  void leave_finished_journal(const Notice& past) {
    DrainState state = begin_drain(past, config.policy, 1);
    state.finished_at = clock.now() - 1min;
    ASSERT_TRUE(replace_file(config.journal, format_journal(state)));
  }
};

TEST_F(Draining, begins_with_a_notice_and_leaves_its_journal_when_it_is_stopped) {
  run({notice()}, [&] { return log.wait_for("stop_task service") && log.wait_for("stop_task daemon"); });
  EXPECT_EQ(log.count("set DRAINING arn:instance"), 1);
  EXPECT_EQ(journalled().deadline(), clock.now() + 2min);
  EXPECT_FALSE(journalled().finished_at);
}

TEST_F(Draining, never_begins_without_one) {
  run({});
  EXPECT_TRUE(log.all().empty());
}

TEST_F(Draining, ends_promptly_while_every_call_hangs) {
  ecs.failures.hang("set_instance_status");
  balancers.failures.hang("deregister_targets");
  run({notice()}, [&] { return log.wait_for("deregister arn:web"); });
  EXPECT_EQ(log.count("stop_task service"), 0);
  EXPECT_FALSE(journalled().draining_at) << "a cancelled call is no success";
}

TEST_F(Draining, goes_on_from_its_journal) {
  balancers.failures.hang("deregister_targets");
  const Notice told = notice();
  run({told}, [&] { return log.wait_for("stop_task batch"); });
  balancers.failures.fail("deregister_targets", {}, 0);
  clock.advance(30s);
  run({}, [&] { return log.wait_for("stop_task service"); });
  EXPECT_EQ(log.count("set DRAINING arn:instance"), 1) << "that was done";
  EXPECT_EQ(journalled().notice(), told);
}

TEST_F(Draining, is_not_repeated_for_a_notice_that_was_answered) {
  Notice past = notice(20s);
  past.seen_at -= 100s;
  leave_finished_journal(past);
  clock.advance(30s);
  run({notice(20s)});
  EXPECT_TRUE(log.all().empty());
}

TEST_F(Draining, begins_anew_for_the_next_interruption_of_a_host_that_came_back) {
  leave_finished_journal(notice());
  clock.advance(24h);
  run({notice()}, [&] { return log.wait_for("set DRAINING arn:instance"); });
}

TEST_F(Draining, begins_anew_where_the_journal_cannot_be_read) {
  ASSERT_TRUE(replace_file(config.journal, "{\"format\":1,"));
  run({notice()}, [&] { return log.wait_for("set DRAINING arn:instance"); });
  EXPECT_EQ(value("hakoban_drain_journal_failures_total"), 1);
}

TEST_F(Draining, ignores_kinds_without_a_policy_and_withdrawn_notices) {
  Notice rebalance = notice();
  rebalance.kind = NoticeKind::rebalance;
  Notice withdrawn = notice();
  withdrawn.withdrawn = true;
  run({rebalance, withdrawn});
  EXPECT_TRUE(log.all().empty());
}

TEST_F(Draining, only_says_what_it_would_do_in_a_dry_run) {
  config.dry_run = true;
  run({notice(), notice()});
  EXPECT_TRUE(log.all().empty());
  EXPECT_TRUE(logs.deadlines().empty());
  EXPECT_FALSE(read_file(config.journal));
}

}  // namespace
}  // namespace hakoban
