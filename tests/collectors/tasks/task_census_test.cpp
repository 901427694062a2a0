#include "collectors/tasks/task_census.h"

#include <functional>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/collectors/tasks/ecs_containers.h"
#include "tests/fakes/fake_docker.h"
#include "tests/fakes/fake_ecs_directory.h"
#include "tests/fakes/fake_imds.h"
#include "tests/fakes/fake_introspection.h"
#include "tests/fakes/fake_load_balancers.h"
#include "tests/fakes/registry_values.h"

namespace hakoban {
namespace {

using ::testing::ElementsAre;
using ::testing::Field;

// A census on threads of its own among fakes, in real time: tests wait for views, never for time to pass.
class Census : public ::testing::Test {
 protected:
  Census() {
    config_.coalesce = 1ms;
    config_.settle = 1ms;
    config_.first_retry = 1ms;
    config_.longest_retry = 2ms;
    imds_.fail(Error{Errc::unavailable, "not on EC2"});
  }

  void start() {
    census_ = std::make_unique<TaskCensus>(
        CensusPorts{docker_, agent_, ecs_, balancers_, imds_, clock_, system_random(), views_}, config_, "",
        registry_);
    thread_ = std::jthread{[this](const std::stop_token& stop) { census_->run(stop); }};
  }

  void put(const ContainerView& container, const std::string& action) {
    docker_.put(container);
    docker_.send({action, container.id, {}});
  }

  // The first view that is so; fails when it does not come.
  Latest<HostView>::Value wait(const std::function<bool(const HostView&)>& wanted) {
    for (std::uint64_t seen = 0, tries = 0; tries < 3000; ++tries) {
      const auto version = views_.version();
      auto view = views_.get();
      if (wanted(*view)) return view;
      seen = views_.wait_newer(version, 10s, {});
      if (seen == version) break;
    }
    ADD_FAILURE() << "no such view came";
    return views_.get();
  }

  FakeFailures& docker_failures() { return docker_.failures; }

  SystemClock clock_;
  CallLog log_;
  FakeDocker docker_{log_};
  FakeIntrospection agent_{log_};
  FakeEcsDirectory ecs_{log_};
  FakeLoadBalancers balancers_{log_};
  FakeImds imds_;
  prometheus::Registry registry_;
  Latest<HostView> views_;
  CensusConfig config_;
  std::unique_ptr<TaskCensus> census_;
  std::jthread thread_;
};

bool has(const HostView& view, const std::string& task, ContainerState state) {
  const auto* found = view.find_task(task_arn(task));
  return found != nullptr && found->containers.size() == 1 && found->containers.front().state == state;
}

TEST_F(Census, the_first_view_with_containers_has_all_of_them) {
  for (int i = 0; i < 200; ++i) docker_.put(ecs_container(std::to_string(i), "t" + std::to_string(i)));
  start();
  const auto view = wait([](const HostView& it) { return it.containers_known; });
  EXPECT_EQ(view->tasks.size(), 200U);
}

TEST_F(Census, follows_a_container_from_its_creation_to_its_removal) {
  start();
  wait([](const HostView& view) { return view.containers_known; });
  put(ecs_container("c1", "a", ContainerState::created), "create");
  wait([](const HostView& view) { return has(view, "a", ContainerState::created); });
  put(ecs_container("c1", "a"), "start");
  wait([](const HostView& view) { return has(view, "a", ContainerState::running); });
  put(ecs_container("c1", "a", ContainerState::exited), "die");
  wait([](const HostView& view) { return has(view, "a", ContainerState::exited); });
  docker_.remove("c1");
  docker_.send({"destroy", "c1", {}});
  wait([](const HostView& view) { return view.tasks.empty(); });
  EXPECT_EQ(value_in(registry_, "hakoban_docker_events_total"), 4);
}

TEST_F(Census, generations_grow) {
  start();
  const auto first = wait([](const HostView& view) { return view.containers_known; });
  put(ecs_container("c1", "a"), "start");
  const auto next = wait([](const HostView& view) { return !view.tasks.empty(); });
  EXPECT_GT(next->generation, first->generation);
}

TEST_F(Census, notices_what_went_and_came_while_the_engine_was_away) {
  docker_.put(ecs_container("c1", "a"));
  start();
  wait([](const HostView& view) { return has(view, "a", ContainerState::running); });
  docker_failures().fail("watch", Error{Errc::unavailable, "connection refused"}, 2);
  docker_.remove("c1");
  docker_.put(ecs_container("c2", "b"));
  docker_.end_stream();
  const auto view = wait([](const HostView& it) { return it.find_task(task_arn("b")) != nullptr; });
  EXPECT_EQ(view->tasks.size(), 1U);
  EXPECT_EQ(value_in(registry_, "hakoban_docker_reconnects_total"), 3);
}

TEST_F(Census, a_container_that_cannot_be_inspected_is_in_the_view_by_what_the_list_tells) {
  docker_failures().fail("inspect", Error{Errc::malformed, "half an answer"});
  docker_.put(ecs_container("c1", "a"));
  start();
  wait([](const HostView& view) { return has(view, "a", ContainerState::running); });
  EXPECT_GE(value_in(registry_, "hakoban_docker_inspect_errors_total"), 1);
}

TEST_F(Census, facts_of_the_agent_the_api_and_metadata_join_in) {
  imds_.fail(std::nullopt);
  imds_.set("/latest/dynamic/instance-identity/document", R"({"instanceId":"i-1","region":"eu-west-1"})");
  EcsTask told;
  told.arn = task_arn("a");
  told.group = "service:my-app";
  ecs_.put(told);
  ecs_.put(EcsService{"my-app", "REPLICA", {{"arn:group", "", "app", 80}}});
  balancers_.groups["arn:group"] = {"instance", 30s};
  agent_.set({{task_arn("a"), "RUNNING", "RUNNING", "web", "7", {{"c1", "app"}}}});
  docker_.put(ecs_container("c1", "a"));
  start();
  const auto view = wait([](const HostView& it) {
    return it.tasks.size() == 1 && !it.tasks.front().targets.empty() && !it.tasks.front().last_status.empty();
  });
  EXPECT_EQ(view->ec2.instance_id, "i-1");
  EXPECT_EQ(view->ecs.cluster, "prod");
  EXPECT_EQ(view->tasks.front().last_status, "RUNNING");
  EXPECT_EQ(view->tasks.front().kind, TaskKind::service);
  EXPECT_THAT(view->tasks.front().targets, ElementsAre(TargetRef{"arn:group", "i-1", 32768}));
}

TEST_F(Census, docker_alone_is_enough) {
  agent_.failures.fail("metadata", Error{Errc::unavailable, "connection refused"});
  ecs_.failures.fail("describe_tasks", Error{Errc::denied, "no credentials"});
  docker_.put(ecs_container("c1", "a"));
  docker_.put(ecs_container("c2", ""));
  start();
  const auto view = wait([](const HostView& it) { return it.containers_known; });
  EXPECT_EQ(view->tasks.front().family, "web");
  EXPECT_THAT(view->other_containers, ElementsAre(Field(&ContainerView::id, "c2")));
}

TEST_F(Census, who_the_host_is_is_told_though_docker_is_not_there) {
  docker_failures().fail("watch", Error{Errc::unavailable, "connection refused"});
  start();
  const auto view = wait([](const HostView& it) { return !it.ecs.container_instance_arn.empty(); });
  EXPECT_FALSE(view->containers_known);
}

TEST_F(Census, apis_that_hang_do_not_hold_up_docker) {
  ecs_.failures.hang("describe_tasks");
  agent_.failures.hang("metadata");
  docker_.put(ecs_container("c1", "a"));
  start();
  wait([](const HostView& view) { return has(view, "a", ContainerState::running); });
  ASSERT_TRUE(log_.wait_for("describe_tasks prod a"));
  put(ecs_container("c1", "a", ContainerState::exited), "die");
  wait([](const HostView& view) { return has(view, "a", ContainerState::exited); });
}

TEST_F(Census, a_request_to_refresh_asks_the_agent_and_the_api_again) {
  EcsTask told;
  told.arn = task_arn("a");
  told.group = "family:web";
  ecs_.put(told);
  docker_.put(ecs_container("c1", "a"));
  start();
  wait([](const HostView& view) { return view.tasks.size() == 1 && view.tasks[0].kind == TaskKind::batch; });
  told.group = "service:my-app";
  ecs_.put(told);
  agent_.set({{task_arn("a"), "RUNNING", "STOPPED", "web", "7", {{"c1", "app"}}}});
  census_->request_refresh();
  wait([](const HostView& view) {
    return view.tasks.size() == 1 && view.tasks[0].kind == TaskKind::service &&
           view.tasks[0].desired_status == "STOPPED";
  });
}

TEST_F(Census, kinds_and_states_are_counted) {
  docker_.put(ecs_container("c1", "a"));
  docker_.put(ecs_container("c2", "b", ContainerState::exited));
  start();
  wait([](const HostView& view) { return view.tasks.size() == 2; });
  EXPECT_EQ(value_in(registry_, "hakoban_census_containers", {{"state", "exited"}}), 1);
  EXPECT_EQ(value_in(registry_, "hakoban_census_tasks", {{"kind", "unknown"}}), 1) << "one is over";
}

}  // namespace
}  // namespace hakoban
