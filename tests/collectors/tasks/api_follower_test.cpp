#include "collectors/tasks/api_follower.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/collectors/tasks/ecs_containers.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/fake_ecs_directory.h"
#include "tests/fakes/fake_load_balancers.h"
#include "tests/fakes/registry_values.h"

namespace hakoban {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::string kGroup = "arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/web/1";

class ApiFollowerTest : public ::testing::Test {
 protected:
  ApiFollowerTest() {
    board_.update([](HostFacts& facts) { facts.ec2.instance_id = "i-1"; });
    ecs_.put(EcsService{"my-app", "REPLICA", {{kGroup, "", "app", 80}}});
    balancers_.groups[kGroup] = {"instance", 30s};
    EcsTaskDefinition definition;
    definition.containers = {{"app", 20s, true}};
    ecs_.put("web:7", definition);
  }

  void start(const std::string& id, const std::string& group) {
    EcsTask task;
    task.arn = task_arn(id);
    task.group = group;
    task.last_status = "RUNNING";
    if (!group.empty()) ecs_.put(task);
    set(ecs_container("c-" + id, id));
  }
  void set(const ContainerView& container) {
    board_.update([&](HostFacts& facts) { facts.containers[container.id] = container; });
  }
  void remove(const std::string& id) {
    board_.update([&](HostFacts& facts) { facts.containers.erase(id); });
  }

  // Refreshes as run() would, for so long. Returns the calls made.
  std::vector<std::string> pass(Duration duration) {
    const auto before = log_.all().size();
    const auto end = clock_.steady() + duration;
    for (int turns = 0; turns < 10'000; ++turns) {
      const auto next = api_.refresh(stop_);
      if (next > end) break;
      clock_.advance(std::max(Duration{0}, next - clock_.steady()));
    }
    clock_.advance(std::max(Duration{0}, end - clock_.steady()));
    const auto all = log_.all();
    return {all.begin() + static_cast<long>(before), all.end()};
  }
  const TaskView& task(const std::string& id) {
    view_ = views_.get();
    const auto* found = view_->find_task(task_arn(id));
    EXPECT_NE(found, nullptr);
    return *found;
  }

  FakeClock clock_;
  CallLog log_;
  FakeEcsDirectory ecs_{log_};
  FakeLoadBalancers balancers_{log_};
  prometheus::Registry registry_;
  CensusMetrics metrics_{registry_};
  Latest<HostView> views_;
  HostBoard board_{views_, metrics_, ""};
  CensusConfig config_;
  ApiFollower api_{ecs_, balancers_, clock_, [] { return 0.5; }, config_, board_, metrics_};
  std::stop_token stop_;
  Latest<HostView>::Value view_;
};

TEST_F(ApiFollowerTest, outside_ecs_nobody_is_asked) {
  set(ecs_container("c1", ""));
  EXPECT_THAT(pass(1h), IsEmpty());
}

TEST_F(ApiFollowerTest, tasks_that_appear_together_are_asked_about_in_one_call) {
  start("a", "service:my-app");
  start("b", "service:my-app");
  EXPECT_THAT(pass(700ms), ElementsAre("describe_task_definition web:7")) << "tasks settle first";
  start("c", "family:web");
  EXPECT_THAT(pass(100ms), ElementsAre("describe_tasks prod a,b,c", "describe_services prod my-app",
                                       "describe_group " + kGroup));
  EXPECT_EQ(task("a").kind, TaskKind::service);
  EXPECT_EQ(task("a").service, "my-app");
  EXPECT_THAT(task("a").targets, ElementsAre(TargetRef{kGroup, "i-1", 32768}));
  EXPECT_EQ(task("a").containers.front().stop_timeout, 20s);
  EXPECT_EQ(task("c").kind, TaskKind::batch);
}

TEST_F(ApiFollowerTest, known_facts_are_read_again_at_a_low_rate) {
  start("a", "service:my-app");
  pass(1s);
  const auto calls = pass(1h);
  EXPECT_EQ(std::count(calls.begin(), calls.end(), "describe_tasks prod a"), 12);
  EXPECT_EQ(std::count(calls.begin(), calls.end(), "describe_services prod my-app"), 12);
  EXPECT_EQ(std::count(calls.begin(), calls.end(), "describe_group " + kGroup), 2);
  EXPECT_EQ(std::count(calls.begin(), calls.end(), "describe_task_definition web:7"), 0)
      << "they never change";
}

TEST_F(ApiFollowerTest, a_hurry_asks_about_all_that_may_have_changed_at_once) {
  start("a", "service:my-app");
  pass(1s);
  api_.hurry();
  EXPECT_THAT(pass(0s), ElementsAre("describe_tasks prod a", "describe_services prod my-app"));
}

TEST_F(ApiFollowerTest, a_service_s_new_target_group_is_seen_with_the_next_read) {
  start("a", "service:my-app");
  pass(1s);
  const std::string green = "arn:green";
  balancers_.groups[green] = {"instance", 10s};
  ecs_.put(EcsService{"my-app", "REPLICA", {{green, "", "app", 80}}});
  pass(6min);
  EXPECT_THAT(task("a").targets, ElementsAre(TargetRef{green, "i-1", 32768}));
  EXPECT_EQ(views_.get()->target_groups.size(), 1U) << "the old one is forgotten";
}

TEST_F(ApiFollowerTest, a_target_group_that_is_deleted_leaves_no_target) {
  start("a", "service:my-app");
  pass(1s);
  balancers_.groups.clear();
  pass(35min);
  EXPECT_THAT(task("a").targets, IsEmpty());
}

TEST_F(ApiFollowerTest, old_facts_stay_while_ecs_does_not_answer) {
  start("a", "service:my-app");
  pass(1s);
  for (const char* call : {"describe_tasks", "describe_services"})
    ecs_.failures.fail(call, Error{Errc::unavailable, "503"});
  balancers_.failures.fail("describe_groups", Error{Errc::throttled, "Throttling"});
  const auto asked = pass(1h);
  EXPECT_EQ(task("a").service, "my-app");
  EXPECT_THAT(task("a").targets, ElementsAre(TargetRef{kGroup, "i-1", 32768}));
  EXPECT_LT(asked.size(), 300U) << "each source is asked about once a minute";
  EXPECT_GT(value_in(registry_, "hakoban_census_refresh_failures_total", {{"source", "ecs_tasks"}}), 10);
  EXPECT_GT(value_in(registry_, "hakoban_census_refresh_failures_total", {{"source", "target_groups"}}), 10);
}

TEST_F(ApiFollowerTest, a_source_that_fails_does_not_keep_the_others_from_being_asked) {
  ecs_.failures.fail("describe_services", Error{Errc::denied, "AccessDenied"});
  start("a", "service:my-app");
  pass(10s);
  EXPECT_EQ(task("a").kind, TaskKind::service) << "the group alone says so";
  EXPECT_EQ(task("a").containers.front().stop_timeout, 20s);
  ecs_.failures.fail("describe_services", Error{}, 0);
  pass(1min);
  EXPECT_THAT(task("a").targets, ElementsAre(TargetRef{kGroup, "i-1", 32768}));
}

TEST_F(ApiFollowerTest, a_task_that_ecs_does_not_know_yet_is_asked_about_again_soon) {
  start("a", "");
  pass(1s);
  EXPECT_EQ(task("a").kind, TaskKind::unknown);
  EcsTask told;
  told.arn = task_arn("a");
  told.group = "family:web";
  ecs_.put(told);
  pass(1s);
  EXPECT_EQ(task("a").kind, TaskKind::batch);
}

TEST_F(ApiFollowerTest, a_task_that_ecs_never_knows_is_asked_about_ever_more_rarely) {
  start("a", "");
  pass(10min);
  EXPECT_LE(pass(1h).size(), 16U);
}

TEST_F(ApiFollowerTest, a_task_that_ended_before_it_was_asked_about_is_asked_about_once) {
  start("a", "family:web");
  set(ecs_container("c-a", "a", ContainerState::exited));
  pass(1s);
  EXPECT_EQ(task("a").kind, TaskKind::batch) << "its logs and metrics want to know";
  EXPECT_THAT(pass(1h), IsEmpty());
}

TEST_F(ApiFollowerTest, one_task_that_ecs_takes_offence_at_does_not_hide_the_others) {
  ecs_.take_offence_at(task_arn("b"));
  start("a", "family:web");
  start("b", "");
  pass(2s);
  EXPECT_EQ(task("a").kind, TaskKind::batch);
  EXPECT_EQ(task("b").kind, TaskKind::unknown);
}

TEST_F(ApiFollowerTest, a_label_that_is_no_arn_is_never_asked_about) {
  auto forged = ecs_container("c1", "a");
  forged.labels[std::string{kTaskArnLabel}] = "my-task";
  set(forged);
  EXPECT_THAT(pass(1min), ElementsAre("describe_task_definition web:7"));
}

TEST_F(ApiFollowerTest, an_awsvpc_task_is_asked_about_until_it_has_its_address) {
  EcsTaskDefinition definition;
  definition.network_mode = "awsvpc";
  ecs_.put("web:7", definition);
  balancers_.groups[kGroup] = {"ip", 30s};
  start("a", "service:my-app");
  pass(1s);
  EXPECT_THAT(task("a").targets, IsEmpty());
  EcsTask told;
  told.arn = task_arn("a");
  told.group = "service:my-app";
  told.private_ip = "10.0.1.7";
  ecs_.put(told);
  pass(5min + 30s);
  EXPECT_THAT(task("a").targets, ElementsAre(TargetRef{kGroup, "10.0.1.7", 80}));
}

TEST_F(ApiFollowerTest, a_definition_that_cannot_be_had_does_not_hold_up_the_next) {
  EcsTaskDefinition definition;
  definition.containers = {{"app", 5s, true}};
  ecs_.put("web:8", definition);
  auto next = ecs_container("c2", "b");
  next.labels[std::string{kRevisionLabel}] = "8";
  set(next);
  auto gone = ecs_container("c1", "a");
  gone.labels[std::string{kRevisionLabel}] = "6";
  set(gone);
  pass(1s);
  EXPECT_EQ(task("b").containers.front().stop_timeout, 5s);
}

TEST(ApiFollowerDefinitions, no_more_are_kept_than_told_but_those_of_tasks_that_are_here) {
  FakeClock clock;
  CallLog log;
  FakeEcsDirectory ecs{log};
  FakeLoadBalancers balancers{log};
  prometheus::Registry registry;
  CensusMetrics metrics{registry};
  Latest<HostView> views;
  HostBoard board{views, metrics, ""};
  CensusConfig config;
  config.kept_definitions = 2;
  ApiFollower api{ecs, balancers, clock, [] { return 0.5; }, config, board, metrics};
  const auto run_one = [&](const std::string& revision) {
    ecs.put("web:" + revision, EcsTaskDefinition{});
    auto container = ecs_container("c", "t");
    container.labels[std::string{kRevisionLabel}] = revision;
    board.update([&](HostFacts& facts) { facts.containers = {{"c", container}}; });
    api.refresh({});
  };
  for (const char* revision : {"1", "2", "1", "3", "1", "2"}) run_one(revision);
  EXPECT_EQ(log.count("describe_task_definition web:1"), 1) << "used again before the limit was reached";
  EXPECT_EQ(log.count("describe_task_definition web:2"), 2) << "the least recently used when 3 came";
}

}  // namespace
}  // namespace hakoban
