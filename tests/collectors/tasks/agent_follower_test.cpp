#include "collectors/tasks/agent_follower.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/collectors/tasks/ecs_containers.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/fake_introspection.h"
#include "tests/fakes/registry_values.h"

namespace hakoban {
namespace {

class AgentFollowerTest : public ::testing::Test {
 protected:
  FakeClock clock_;
  CallLog log_;
  FakeIntrospection agent_{log_};
  prometheus::Registry registry_;
  CensusMetrics metrics_{registry_};
  Latest<HostView> views_;
  HostBoard board_{views_, metrics_, ""};
  AgentFollower follower_{agent_, clock_, [] { return 0.0; }, CensusConfig{}, board_, metrics_};
  std::stop_token stop_;
};

TEST_F(AgentFollowerTest, tells_who_the_container_instance_is_and_asks_again_later) {
  EXPECT_EQ(follower_.refresh(stop_), CensusConfig{}.introspection_interval);
  EXPECT_EQ(views_.get()->ecs.cluster, "prod");
  EXPECT_EQ(value_in(registry_, "hakoban_census_refreshed_timestamp_seconds", {{"source", "ecs_agent"}}),
            as_seconds(clock_.now().time_since_epoch()));
}

TEST_F(AgentFollowerTest, an_agent_that_is_away_is_asked_more_and_more_rarely_and_what_it_told_stays) {
  agent_.set({{task_arn("a"), "NONE", "RUNNING", "web", "7", {}}});
  (void)follower_.refresh(stop_);
  agent_.failures.fail("metadata", Error{Errc::unavailable, "connection refused"});
  EXPECT_EQ(follower_.refresh(stop_), 500ms);
  EXPECT_EQ(follower_.refresh(stop_), 1s);
  for (int i = 0; i < 20; ++i) EXPECT_LE(follower_.refresh(stop_), 30s);
  EXPECT_EQ(views_.get()->ecs.cluster, "prod");
  EXPECT_NE(views_.get()->find_task(task_arn("a")), nullptr);
  EXPECT_EQ(value_in(registry_, "hakoban_census_refresh_failures_total", {{"source", "ecs_agent"}}), 22);
}

TEST_F(AgentFollowerTest, an_agent_that_tells_who_it_is_but_not_its_tasks_counts_as_a_failure) {
  agent_.failures.fail("tasks", Error{Errc::malformed, "not JSON"});
  EXPECT_EQ(follower_.refresh(stop_), 500ms);
  EXPECT_EQ(views_.get()->ecs.cluster, "prod");
}

}  // namespace
}  // namespace hakoban
