// What the ECS agent on the host was told: /etc/ecs/ecs.config, lines of NAME=value. Source: Amazon ECS
// container agent configuration.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

namespace hakoban {

using EcsAgentConfig = std::map<std::string, std::string, std::less<>>;

// Comments and what is no assignment are passed over; quotes around a value are taken off; the last one
// counts.
[[nodiscard]] EcsAgentConfig parse_ecs_agent_config(std::string_view text);

// Empty when there is no such file, or none that may be read.
[[nodiscard]] EcsAgentConfig read_ecs_agent_config(const std::filesystem::path& file);

// ECS_ENABLE_SPOT_INSTANCE_DRAINING.
[[nodiscard]] bool drains_on_spot_notice(const EcsAgentConfig& config);

}  // namespace hakoban
