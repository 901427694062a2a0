#include "platform/ecs_agent_config.h"

#include <gtest/gtest.h>

namespace hakoban {
namespace {

TEST(EcsAgentConfig, reads_assignments_and_passes_over_the_rest) {
  const auto config = parse_ecs_agent_config(
      "# comment\nECS_CLUSTER=prod\n\n ECS_CONTAINER_STOP_TIMEOUT = 45s \nnonsense\n"
      "ECS_ENGINE_AUTH_DATA='{\"a\":\"b=c\"}'\nECS_CLUSTER=last");
  EXPECT_EQ(config.at("ECS_CLUSTER"), "last");
  EXPECT_EQ(config.at("ECS_CONTAINER_STOP_TIMEOUT"), "45s");
  EXPECT_EQ(config.at("ECS_ENGINE_AUTH_DATA"), "{\"a\":\"b=c\"}");
  EXPECT_EQ(config.size(), 3U);
}

TEST(EcsAgentConfig, tells_whether_the_agent_drains_by_itself) {
  for (const char* word : {"true", "True", "1", "t"})
    EXPECT_TRUE(drains_on_spot_notice({{"ECS_ENABLE_SPOT_INSTANCE_DRAINING", word}})) << word;
  for (const char* word : {"false", "", "yes", "0"})
    EXPECT_FALSE(drains_on_spot_notice({{"ECS_ENABLE_SPOT_INSTANCE_DRAINING", word}})) << word;
  EXPECT_FALSE(drains_on_spot_notice({}));
  EXPECT_TRUE(read_ecs_agent_config("/no/such/file").empty());
}

}  // namespace
}  // namespace hakoban
