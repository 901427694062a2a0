#include "handlers/metrics/target_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace hakoban {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

ContainerView exporter(std::map<std::string, std::string> labels) {
  ContainerView container;
  container.labels = std::move(labels);
  container.state = ContainerState::running;
  container.ecs_name = "app";
  container.network_mode = "bridge";
  container.ports = {{8080, 49153, "udp"}, {8080, 49154, "tcp"}};
  return container;
}

HostView host_with(ContainerView container) {
  HostView host;
  host.ec2.instance_id = "i-1";
  host.ec2.private_ip = "10.0.0.5";
  host.ec2.life_cycle = "spot";
  host.ecs.cluster = "prod";
  TaskView task;
  task.arn = "arn:task/1";
  task.family = "web";
  task.revision = "7";
  task.service = "web";
  task.containers = {std::move(container)};
  host.tasks = {task};
  return host;
}

const OwnTarget kOwn{9420, "/metrics", false};

TEST(TargetList, NamesTheAgentItself) {
  const auto groups = scrape_targets(host_with(exporter({})), kOwn, "elsewhere:1");
  ASSERT_THAT(groups, SizeIs(1));
  EXPECT_THAT(groups[0].targets, ElementsAre("10.0.0.5:9420"));
  const auto& labels = groups[0].labels;
  EXPECT_EQ(labels.at("__meta_hakoban_role"), "agent");
  EXPECT_EQ(labels.at("__meta_ecs_cluster"), "prod");
  EXPECT_EQ(labels.at("__meta_ecs_ec2_instance_id"), "i-1");
  EXPECT_EQ(labels.at("__scheme__"), "http");
  EXPECT_EQ(labels.at("__metrics_path__"), "/metrics");
  EXPECT_EQ(scrape_targets({}, {9420, "/m", true}, "h:1")[0].labels.at("__scheme__"), "https");
}

TEST(TargetList, FallsBackOnTheNameItWasAskedBy) {
  EXPECT_THAT(scrape_targets({}, kOwn, "host.local:80")[0].targets, ElementsAre("host.local:9420"));
  EXPECT_THAT(scrape_targets({}, kOwn, "[::1]:80")[0].targets, ElementsAre("[::1]:9420"));
  EXPECT_THAT(scrape_targets({}, kOwn, "[::1]")[0].targets, ElementsAre("[::1]:9420"));
  EXPECT_THAT(scrape_targets({}, kOwn, ""), SizeIs(0));
}

TEST(TargetList, FindsContainersByTheirLabels) {
  const auto groups = scrape_targets(host_with(exporter({{"ECS_PROMETHEUS_EXPORTER_PORT", "8080"},
                                                         {"ECS_PROMETHEUS_METRICS_PATH", "/stats"},
                                                         {"ECS_PROMETHEUS_JOB_NAME", "apps"}})),
                                     kOwn, "");
  ASSERT_THAT(groups, SizeIs(2));
  EXPECT_THAT(groups[1].targets, ElementsAre("10.0.0.5:49154"));
  const auto& labels = groups[1].labels;
  EXPECT_EQ(labels.at("__meta_hakoban_role"), "container");
  EXPECT_EQ(labels.at("__meta_ecs_service"), "web");
  EXPECT_EQ(labels.at("__meta_ecs_task_definition"), "web:7");
  EXPECT_EQ(labels.at("__metrics_path__"), "/stats");
  EXPECT_EQ(labels.at("job"), "apps");
}

TEST(TargetList, LeavesOutWhatCannotBeReached) {
  auto host_mode = exporter({{"ECS_PROMETHEUS_EXPORTER_PORT", "9000"}});
  host_mode.network_mode = "host";
  EXPECT_THAT(scrape_targets(host_with(host_mode), kOwn, "")[1].targets, ElementsAre("10.0.0.5:9000"));
  auto stopped = host_mode;
  stopped.state = ContainerState::exited;
  EXPECT_THAT(scrape_targets(host_with(stopped), kOwn, ""), SizeIs(1));
  for (const char* port : {"9000", "", "0", "70000", "8080x", "-1"})  // not published, or none
    EXPECT_THAT(scrape_targets(host_with(exporter({{"ECS_PROMETHEUS_EXPORTER_PORT", port}})), kOwn, ""),
                SizeIs(1))
        << port;
}

TEST(TargetList, IsAnAnswerThatPrometheusReads) {
  Latest<HostView> hosts;
  hosts.publish(host_with(exporter({})));
  const auto reply = target_list_page(hosts, [] { return kOwn; })({.method = "GET", .path = "/sd"});
  EXPECT_EQ(reply.content_type, "application/json");
  const auto list = nlohmann::json::parse(reply.body);
  EXPECT_EQ(list.at(0).at("targets").at(0), "10.0.0.5:9420");
  EXPECT_EQ(list.at(0).at("labels").at("__meta_hakoban_life_cycle"), "spot");
  EXPECT_FALSE(list.at(0).at("labels").contains("__meta_ecs_availability_zone"));  // not known
}

}  // namespace
}  // namespace hakoban
