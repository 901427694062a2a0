#include "core/host/host_assembly.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/host/task_name.h"

namespace hakoban {
namespace {

using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;

const std::string kWeb = "arn:aws:ecs:eu-west-1:1:task/prod/aaaa";
const std::string kGroup = "arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/web/1";

ContainerView container(std::string id, std::string task_arn, std::string name) {
  ContainerView it;
  it.id = std::move(id);
  it.state = ContainerState::running;
  if (task_arn.empty()) return it;
  it.labels = {{std::string{kTaskArnLabel}, std::move(task_arn)},
               {std::string{kContainerNameLabel}, std::move(name)},
               {std::string{kFamilyLabel}, "web"},
               {std::string{kRevisionLabel}, "7"},
               {std::string{kClusterLabel}, "prod"}};
  return it;
}

HostFacts docker_alone() {
  HostFacts facts;
  facts.containers_known = true;
  facts.ec2.instance_id = "i-1";
  facts.containers["c1"] = container("c1", kWeb, "app");
  facts.containers["c1"].ports = {{80, 32768, "tcp"}};
  facts.containers["c2"] = container("c2", kWeb, "proxy");
  facts.containers["c3"] = container("c3", "", "");
  return facts;
}

HostFacts everything() {
  auto facts = docker_alone();
  facts.agent_tasks = {{kWeb, "RUNNING", "RUNNING", "web", "7", {{"c1", "app"}, {"c2", "proxy"}}}};
  EcsTask task;
  task.arn = kWeb;
  task.group = "service:my-awesome-app";
  task.started_by = "ecs-svc/123";
  task.last_status = "PENDING";
  task.desired_status = "RUNNING";
  task.tags = {{"team", "blue"}};
  facts.tasks[kWeb] = task;
  EcsTaskDefinition definition;
  definition.memory_bytes = 512U << 20;
  definition.cpu_vcpus = 0.25;
  definition.containers = {{"app", 20s, true}, {"proxy", std::nullopt, false}};
  facts.definitions["web:7"] = definition;
  facts.services["my-awesome-app"] = {"my-awesome-app", "REPLICA", {{kGroup, "", "app", 80}}};
  facts.groups[kGroup] = TargetGroupFacts{"instance", 30s};
  return facts;
}

TEST(HostAssembly, docker_s_labels_alone_give_tasks) {
  const auto view = assemble_host_view(docker_alone());
  ASSERT_EQ(view.tasks.size(), 1U);
  const auto& task = view.tasks.front();
  EXPECT_EQ(task.arn, kWeb);
  EXPECT_EQ(task.id, "aaaa");
  EXPECT_EQ(task.family, "web");
  EXPECT_EQ(task.revision, "7");
  EXPECT_EQ(task.cluster, "prod");
  EXPECT_EQ(task.kind, TaskKind::unknown);
  EXPECT_THAT(task.containers,
              ElementsAre(Field(&ContainerView::ecs_name, "app"), Field(&ContainerView::ecs_name, "proxy")));
  EXPECT_THAT(view.other_containers, ElementsAre(Field(&ContainerView::id, "c3")));
  EXPECT_TRUE(view.containers_known);
}

TEST(HostAssembly, the_agent_adds_statuses) {
  auto facts = docker_alone();
  facts.agent_tasks = {{kWeb, "RUNNING", "STOPPED", "web", "7", {{"c1", "app"}, {"c2", "proxy"}}}};
  const auto view = assemble_host_view(facts);
  EXPECT_EQ(view.tasks.front().last_status, "RUNNING");
  EXPECT_EQ(view.tasks.front().desired_status, "STOPPED");
}

TEST(HostAssembly, the_agent_places_a_container_whose_labels_are_missing) {
  auto facts = docker_alone();
  facts.containers["c2"].labels.clear();
  facts.agent_tasks = {{kWeb, "RUNNING", "RUNNING", "web", "7", {{"c2", "proxy"}}}};
  const auto view = assemble_host_view(facts);
  EXPECT_THAT(view.tasks.front().containers,
              ElementsAre(Field(&ContainerView::ecs_name, "app"), Field(&ContainerView::ecs_name, "proxy")));
}

TEST(HostAssembly, a_task_whose_image_is_being_pulled_is_there_without_containers) {
  HostFacts facts;
  facts.agent_tasks = {{kWeb, "NONE", "RUNNING", "web", "7", {{"", "app"}}}};
  const auto view = assemble_host_view(facts);
  ASSERT_EQ(view.tasks.size(), 1U);
  EXPECT_THAT(view.tasks.front().containers, IsEmpty());
  EXPECT_EQ(view.tasks.front().family, "web");
  EXPECT_EQ(view.tasks.front().cluster, "prod");
  EXPECT_FALSE(view.tasks.front().alive());
}

TEST(TaskView, may_run_as_docker_says_and_with_a_container_that_never_began_as_ecs_says) {
  TaskView task;
  task.containers.resize(1);
  auto& state = task.containers.front().state;
  for (const auto running : {ContainerState::running, ContainerState::paused, ContainerState::restarting}) {
    state = running;
    for (const char* status : {"", "RUNNING", "STOPPED"}) {
      task.last_status = status;
      EXPECT_TRUE(task.alive()) << name_of(running) << ' ' << status;
    }
  }
  for (const auto over : {ContainerState::removing, ContainerState::exited, ContainerState::dead}) {
    state = over;
    task.last_status = "RUNNING";
    EXPECT_FALSE(task.alive()) << name_of(over);
  }
  state = ContainerState::created;
  task.last_status = "PENDING";
  EXPECT_TRUE(task.alive());
  task.last_status = "STOPPED";
  EXPECT_FALSE(task.alive());
  EXPECT_EQ(task.stop_timeout(30s), 0s);
}

TEST(HostAssembly, a_task_that_only_the_agent_still_remembers_is_over) {
  HostFacts facts;
  facts.agent_tasks = {
      {kWeb, "STOPPED", "STOPPED", "web", "7", {{"c1", "app"}}},
      {"arn:aws:ecs:eu-west-1:1:task/prod/bbbb", "RUNNING", "RUNNING", "web", "7", {{"c9", "app"}}}};
  EXPECT_THAT(assemble_host_view(facts).tasks, IsEmpty());
}

TEST(HostAssembly, the_api_adds_service_kind_tags_limits_stop_timeouts_and_targets) {
  const auto view = assemble_host_view(everything());
  ASSERT_EQ(view.tasks.size(), 1U);
  const auto& task = view.tasks.front();
  EXPECT_EQ(task.service, "my-awesome-app");
  EXPECT_EQ(task.kind, TaskKind::service);
  EXPECT_EQ(task.started_by, "ecs-svc/123");
  EXPECT_EQ(task.tags.at("team"), "blue");
  EXPECT_EQ(task.network_mode, "bridge") << "what an empty network mode means";
  EXPECT_EQ(task.memory_limit_bytes, 512U << 20);
  EXPECT_EQ(task.cpu_limit_vcpus, 0.25);
  EXPECT_EQ(task.containers[0].stop_timeout, 20s);
  EXPECT_EQ(task.containers[0].essential, true);
  EXPECT_EQ(task.containers[1].stop_timeout, std::nullopt);
  EXPECT_EQ(task.containers[1].essential, false);
  EXPECT_EQ(task.stop_timeout(30s), 30s);
  EXPECT_THAT(task.targets, ElementsAre(TargetRef{kGroup, "i-1", 32768}));
  EXPECT_EQ(view.target_groups.at(kGroup).deregistration_delay, 30s);
}

TEST(HostAssembly, the_agent_s_status_is_fresher_than_the_api_s_but_stopped_is_final) {
  auto facts = everything();
  EXPECT_EQ(assemble_host_view(facts).tasks.front().last_status, "RUNNING");
  facts.tasks[kWeb].last_status = "STOPPED";
  EXPECT_EQ(assemble_host_view(facts).tasks.front().last_status, "STOPPED");
}

struct KindCase {
  const char* name;
  bool api_answered;
  const char* group;
  const char* started_by;
  const char* strategy;  // "": DescribeServices has not answered
  TaskKind wanted;
};

const KindCase kKinds[] = {
    {"is_unknown_until_the_api_answered", false, "", "", "", TaskKind::unknown},
    {"is_service_by_its_group_alone", true, "service:web", "ecs-svc/1", "", TaskKind::service},
    {"is_service_by_who_started_it_when_the_group_is_missing", true, "", "ecs-svc/1", "", TaskKind::service},
    {"is_service_with_replica_scheduling", true, "service:web", "ecs-svc/1", "REPLICA", TaskKind::service},
    {"is_daemon_with_daemon_scheduling", true, "service:web", "ecs-svc/1", "DAEMON", TaskKind::daemon},
    {"is_batch_with_the_group_of_its_family", true, "family:web", "", "", TaskKind::batch},
    {"is_batch_with_a_group_of_its_own", true, "nightly", "cron", "", TaskKind::batch},
    {"is_batch_without_any_group", true, "", "", "", TaskKind::batch},
};

class TaskKindOf : public ::testing::TestWithParam<KindCase> {};

TEST_P(TaskKindOf, a_task) {
  const auto& it = GetParam();
  auto facts = docker_alone();
  if (it.api_answered) {
    facts.tasks[kWeb].group = it.group;
    facts.tasks[kWeb].started_by = it.started_by;
  }
  if (*it.strategy != '\0') facts.services["web"] = {"web", it.strategy, {}};
  EXPECT_EQ(assemble_host_view(facts).tasks.front().kind, it.wanted);
}

INSTANTIATE_TEST_SUITE_P(Cases, TaskKindOf, ::testing::ValuesIn(kKinds),
                         [](const auto& tested) { return std::string{tested.param.name}; });

TEST(HostAssembly, the_agent_s_own_task_is_marked) {
  auto facts = docker_alone();
  facts.own_container_id = "c2";
  EXPECT_TRUE(assemble_host_view(facts).tasks.front().own);
  facts.own_container_id = "c3";
  EXPECT_FALSE(assemble_host_view(facts).tasks.front().own);
}

TEST(HostAssembly, a_pause_container_stays_and_is_marked_and_its_stop_counts_for_nothing) {
  auto facts = everything();
  facts.containers["c0"] = container("c0", kWeb, "~internal~ecs~pause");
  facts.containers.erase("c2");
  const auto view = assemble_host_view(facts);
  const auto& task = view.tasks.front();
  EXPECT_THAT(task.containers,
              ElementsAre(Field(&ContainerView::pause, true), Field(&ContainerView::pause, false)));
  EXPECT_EQ(task.stop_timeout(30s), 20s);
}

TEST(HostAssembly, a_cluster_given_to_the_agent_as_an_arn_is_known_by_its_name) {
  auto facts = docker_alone();
  for (auto& [id, it] : facts.containers)
    if (!it.labels.empty()) it.labels[std::string{kClusterLabel}] = "arn:aws:ecs:eu-west-1:1:cluster/prod";
  EXPECT_EQ(assemble_host_view(facts).tasks.front().cluster, "prod");
}

TEST(HostAssembly, a_target_group_that_is_gone_is_not_in_the_view) {
  auto facts = everything();
  facts.groups[kGroup] = std::nullopt;
  const auto view = assemble_host_view(facts);
  EXPECT_THAT(view.target_groups, IsEmpty());
  EXPECT_THAT(view.tasks.front().targets, IsEmpty());
}

}  // namespace
}  // namespace hakoban
