#include "core/host/service_targets.h"

#include <gtest/gtest.h>

namespace hakoban {
namespace {

constexpr const char* kGroup = "arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/web/1";

struct Case {
  const char* name;
  std::string network_mode = "bridge";
  std::optional<std::optional<TargetGroupFacts>> group{};  // nothing: not known yet
  std::vector<PublishedPort> published{};
  std::optional<std::vector<EcsNetworkBinding>> bindings{};  // nothing: DescribeTasks has not answered
  std::string private_ip{};
  std::string instance_id = "i-1";
  std::vector<TargetRef> wanted{};
};

TargetGroupFacts of_type(std::string type) {
  return {std::move(type), 300s};
}

const PublishedPort kPublished{80, 32768, "tcp"};
const EcsNetworkBinding kBinding{"app", 80, 40000};

const Case kCases[] = {
    {.name = "a_bridge_task_is_reached_at_the_host_port_of_its_network_binding",
     .group = of_type("instance"),
     .bindings = {{kBinding}},
     .wanted = {{kGroup, "i-1", 40000}}},
    {.name = "network_bindings_win_over_what_docker_published",
     .group = of_type("instance"),
     .published = {kPublished},
     .bindings = {{kBinding}},
     .wanted = {{kGroup, "i-1", 40000}}},
    {.name = "docker_s_ports_do_until_describe_tasks_has_the_bindings",
     .group = of_type("instance"),
     .published = {kPublished},
     .bindings = {{}},
     .wanted = {{kGroup, "i-1", 32768}}},
    {.name = "a_binding_of_another_container_does_not_count",
     .group = of_type("instance"),
     .published = {kPublished},
     .bindings = {{{"proxy", 80, 40001}, {"app", 8080, 40002}}},
     .wanted = {{kGroup, "i-1", 32768}}},
    {.name = "a_udp_port_of_the_same_number_is_no_target",
     .group = of_type("instance"),
     .published = {{80, 32769, "udp"}, kPublished},
     .wanted = {{kGroup, "i-1", 32768}}},
    {.name = "with_host_networking_the_container_port_is_the_host_port",
     .network_mode = "host",
     .group = of_type("instance"),
     .bindings = {{}},
     .wanted = {{kGroup, "i-1", 80}}},
    {.name = "a_port_that_is_not_published_yet_gives_no_target", .group = of_type("instance"), .wanted = {}},
    {.name = "without_the_instance_id_an_instance_target_cannot_be_named",
     .group = of_type("instance"),
     .published = {kPublished},
     .instance_id = "",
     .wanted = {}},
    {.name = "an_awsvpc_task_is_reached_at_its_own_address",
     .network_mode = "awsvpc",
     .group = of_type("ip"),
     .bindings = {{}},
     .private_ip = "10.0.1.7",
     .wanted = {{kGroup, "10.0.1.7", 80}}},
    {.name = "an_awsvpc_task_without_an_address_yet_gives_no_target",
     .network_mode = "awsvpc",
     .group = of_type("ip"),
     .bindings = {{}},
     .wanted = {}},
    {.name = "while_the_group_is_not_known_awsvpc_means_ip",
     .network_mode = "awsvpc",
     .bindings = {{}},
     .private_ip = "10.0.1.7",
     .wanted = {{kGroup, "10.0.1.7", 80}}},
    {.name = "while_the_group_is_not_known_bridge_means_instance",
     .published = {kPublished},
     .wanted = {{kGroup, "i-1", 32768}}},
    {.name = "a_group_that_is_gone_has_no_targets",
     .group = std::optional<TargetGroupFacts>{},
     .published = {kPublished},
     .wanted = {}},
};

class ServiceTargets : public ::testing::TestWithParam<Case> {};

TEST_P(ServiceTargets, are_found) {
  const auto& it = GetParam();
  ContainerView app;
  app.ecs_name = "app";
  app.ports = it.published;
  TaskView task;
  task.network_mode = it.network_mode;
  task.containers = {app};
  EcsTask facts;
  facts.bindings = it.bindings.value_or(std::vector<EcsNetworkBinding>{});
  facts.private_ip = it.private_ip;
  EcsService service;
  service.load_balancers = {{kGroup, "", "app", 80}};
  std::map<std::string, std::optional<TargetGroupFacts>> groups;
  if (it.group) groups[kGroup] = *it.group;
  EXPECT_EQ(service_targets(task, it.bindings ? &facts : nullptr, service, it.instance_id, groups),
            it.wanted);
}

INSTANTIATE_TEST_SUITE_P(Cases, ServiceTargets, ::testing::ValuesIn(kCases),
                         [](const auto& tested) { return std::string{tested.param.name}; });

TEST(ServiceTargetsOfManyEntries, each_group_gets_its_own_and_each_target_stands_once) {
  ContainerView app;
  app.ecs_name = "app";
  app.ports = {{80, 32768, "tcp"}, {9000, 32770, "tcp"}};
  TaskView task;
  task.containers = {app};
  EcsService service;
  service.load_balancers = {{"blue", "", "app", 80},
                            {"admin", "", "app", 9000},
                            {"blue", "", "app", 80},
                            {"", "classic", "app", 80},
                            {"", "classic", "app", 9000}};
  const std::vector<TargetRef> targets{{"blue", "i-1", 32768}, {"admin", "i-1", 32770}};
  EXPECT_EQ(service_targets(task, nullptr, service, "i-1", {}), targets);
  EXPECT_EQ(service_classic_elbs(service), std::vector<ClassicElbRef>{{"classic"}});
}

TEST(ServiceTargetsOfServiceConnect, the_pause_container_publishes_the_port_for_the_app) {
  ContainerView app;
  app.ecs_name = "app";
  app.network_mode = "container:0123";
  ContainerView pause;
  pause.ecs_name = "~internal~ecs~pause-app";
  pause.ports = {{80, 32768, "tcp"}};
  TaskView task;
  task.network_mode = "bridge";
  task.containers = {app, pause};
  EcsService service;
  service.load_balancers = {{kGroup, "", "app", 80}};
  EXPECT_EQ(service_targets(task, nullptr, service, "i-1", {}),
            (std::vector<TargetRef>{{kGroup, "i-1", 32768}}));
}

}  // namespace
}  // namespace hakoban
