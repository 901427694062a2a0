// Reads the objects in ECS's answers into the values of ecs.h. What an answer leaves out stays empty; what is
// of the wrong type counts as left out. Only the ECS adapters use it.
#pragma once

#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "platform/aws/ecs.h"

namespace hakoban {

inline constexpr std::string_view kEcsTarget = "AmazonEC2ContainerServiceV20141113.";

[[nodiscard]] EcsTask read_ecs_task(const nlohmann::json& task);
[[nodiscard]] EcsTaskDefinition read_ecs_task_definition(const nlohmann::json& definition);
[[nodiscard]] EcsService read_ecs_service(const nlohmann::json& service);

// What an answer's `failures` say: ARNs with the reason MISSING or INACTIVE; others are logged.
[[nodiscard]] std::vector<std::string> missing_in(const nlohmann::json& answer);

}  // namespace hakoban
