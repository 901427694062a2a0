#include "handlers/drain/drain_calls.h"

#include "tests/handlers/drain/drain_scene.h"

namespace hakoban {
namespace {

DrainAction action(DrainCall call, const std::string& subject) {
  DrainAction made;
  made.call = call;
  made.subject = subject;
  made.cluster = "prod";
  made.task_arn = subject;
  return made;
}

class Calls : public DrainScene {
 protected:
  std::vector<CallEnded> wait(DrainCalls& calls, std::size_t count) {
    std::vector<CallEnded> all;
    while (all.size() < count) {
      for (CallEnded& call : calls.ended(30s, {})) all.push_back(std::move(call));
    }
    return all;
  }
};

TEST_F(Calls, tell_how_each_target_stands) {
  const std::vector<TargetRef> targets = {{"g", "a", 1}, {"g", "b", 2}, {"g", "c", 3}, {"g", "d", 4}};
  balancers.set_state(targets[0], "unused");
  balancers.set_state(targets[1], "draining");
  balancers.set_state(targets[2], "unhealthy");
  balancers.set_state(targets[3], "initial");
  DrainAction check = action(DrainCall::check_health, "g");
  check.targets = targets;
  const CallEnded ended = carry_out(ports, check, {});
  ASSERT_EQ(ended.health.size(), 4U);
  EXPECT_EQ(ended.health[0].target, targets[0]);
  EXPECT_EQ(ended.health[0].standing, TargetStanding::out);
  EXPECT_EQ(ended.health[1].standing, TargetStanding::draining);
  EXPECT_EQ(ended.health[2].standing, TargetStanding::registered);
  EXPECT_EQ(ended.health[3].standing, TargetStanding::registered);
}

TEST_F(Calls, each_reach_their_port_and_hand_back_its_error) {
  DrainCalls calls{ports, 4s};
  ecs.failures.fail("stop_task", Error{Errc::throttled, "slow down"});
  calls.start(action(DrainCall::set_draining, "arn:instance"));
  calls.start(action(DrainCall::deregister, "arn:web"));
  calls.start(action(DrainCall::stop_task, "task"));
  calls.start(action(DrainCall::stop_locally, "container"));
  const auto ended = wait(calls, 4);
  for (const CallEnded& call : ended) {
    EXPECT_EQ(call.error.has_value(), call.action.call == DrainCall::stop_task);
    EXPECT_TRUE(!call.error || call.error->code == Errc::throttled);
  }
  EXPECT_EQ(log.count("set DRAINING arn:instance"), 1);
  EXPECT_EQ(log.count("deregister arn:web"), 1);
  EXPECT_EQ(log.count("docker_stop container"), 1);
}

TEST_F(Calls, that_hang_do_not_hold_others_and_end_as_timeouts) {
  DrainCalls calls{ports, 4s};
  ecs.failures.hang("set_instance_status");
  calls.start(action(DrainCall::set_draining, "arn:instance"));
  calls.start(action(DrainCall::deregister, "arn:web"));
  EXPECT_EQ(wait(calls, 1).front().action.call, DrainCall::deregister);
  clock.advance(5s);
  const auto ended = wait(calls, 1);
  ASSERT_TRUE(ended.front().error);
  EXPECT_EQ(ended.front().error->code, Errc::timeout);
}

TEST_F(Calls, beyond_the_limit_wait_for_their_turn) {
  DrainCalls calls{ports, 4s};
  ecs.failures.hang("stop_task");
  for (std::size_t each = 0; each < DrainCalls::kAtOnce; ++each) {
    calls.start(action(DrainCall::stop_task, "task-" + std::to_string(each)));
  }
  calls.start(action(DrainCall::deregister, "arn:web"));
  calls.start(action(DrainCall::stop_locally, "container"));
  ASSERT_TRUE(log.wait_for("docker_stop container")) << "local stops are not counted";
  EXPECT_EQ(log.count("deregister arn:web"), 0);
  clock.advance(5s);
  const auto ended = wait(calls, DrainCalls::kAtOnce + 2);
  EXPECT_EQ(log.count("deregister arn:web"), 1);
}

TEST_F(Calls, under_way_are_cancelled_at_the_end) {
  DrainCalls calls{ports, 1h};
  ecs.failures.hang("stop_task");
  docker.failures.hang("stop_container");
  calls.start(action(DrainCall::stop_task, "task"));
  calls.start(action(DrainCall::stop_locally, "container"));
  EXPECT_TRUE(log.wait_for("stop_task task"));
}

}  // namespace
}  // namespace hakoban
