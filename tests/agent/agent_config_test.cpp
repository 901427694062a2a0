#include "agent/agent_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hakoban {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

Environment environment_of(std::map<std::string, std::string> variables) {
  return [variables = std::move(variables)](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  };
}

std::vector<std::string> problems_of(const Environment& environment, const ConfigSources& sources) {
  auto config = default_agent_config(environment);
  return agent_options(config, environment).load(sources);
}

TEST(AgentConfig, needs_no_configuration_at_all) {
  EXPECT_THAT(problems_of(environment_of({}), {}), IsEmpty());
}

TEST(AgentConfig, three_faults_are_told_at_once) {
  ConfigSources sources;
  sources.file_name = "agent.json";
  sources.file_text =
      R"({"logs": {"bukket": "x", "destination": "ftp://logs"}, "web": {"listen_address": "9420"}})";
  EXPECT_THAT(problems_of(environment_of({}), sources),
              UnorderedElementsAre(HasSubstr("agent.json: logs.bukket: unknown key"),
                                   HasSubstr("agent.json: logs.destination: 'ftp://logs'"),
                                   HasSubstr("agent.json: web.listen_address: ")));
}

TEST(AgentConfig, an_ecs_daemon_task_is_configured_by_its_environment_alone) {
  const auto variables = environment_of({});
  auto config = default_agent_config(variables);
  ConfigSources sources;
  sources.environment = {{"HAKOBAN_LOGS_DESTINATION", "s3://logs/containers"},
                         {"HAKOBAN_PATH_ROOTFS", "/rootfs"},
                         {"HAKOBAN_DRAIN_LOG_RESERVE", "20s"},
                         {"HAKOBAN_METRICS_DISABLE", "percpu"}};
  EXPECT_THAT(agent_options(config, variables).load(sources), IsEmpty());
  EXPECT_EQ(config.log_destination, "s3://logs/containers");
  EXPECT_EQ(config.rootfs, "/rootfs");
  EXPECT_EQ(config.drain.policy.log_reserve, 20s);
  EXPECT_FALSE(config.container_metrics.groups.has(MetricGroup::percpu));
  EXPECT_TRUE(config.container_metrics.groups.has(MetricGroup::network));
}

TEST(AgentConfig, obeys_the_names_of_systemd_docker_and_the_ecs_agent) {
  const auto config = default_agent_config(environment_of({{"STATE_DIRECTORY", "/var/lib/private/hakoban"},
                                                           {"DOCKER_HOST", "unix:///run/other.sock"},
                                                           {"ECS_CONTAINER_STOP_TIMEOUT", "2m"}}));
  EXPECT_EQ(config.state_directory, "/var/lib/private/hakoban");
  EXPECT_EQ(config.docker_host, "unix:///run/other.sock");
  EXPECT_EQ(config.drain.policy.default_stop_timeout, 2min);
}

TEST(AgentConfig, what_aws_and_docker_variables_say_is_checked_with_the_rest) {
  const auto variables = environment_of(
      {{"DOCKER_HOST", "ssh://host"}, {"AWS_REGION", "eu-west-1"}, {"AWS_ENDPOINT_URL_ECS", "ecs.local"}});
  EXPECT_THAT(problems_of(variables, {}),
              UnorderedElementsAre(HasSubstr("DOCKER_HOST"), HasSubstr("ecs.local")));
}

TEST(AgentConfig, every_setting_is_documented) {
  const auto variables = environment_of({});
  auto config = default_agent_config(variables);
  const auto table = agent_options(config, variables);
  EXPECT_GE(table.docs().size(), 30U);
  for (const auto& doc : table.docs()) {
    EXPECT_TRUE(doc.help.ends_with(".")) << doc.key;
    EXPECT_EQ(doc.help.find('\n'), std::string::npos) << doc.key;
  }
}

}  // namespace
}  // namespace hakoban
