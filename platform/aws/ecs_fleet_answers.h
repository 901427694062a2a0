// Reads the objects in ECS's answers into the values of ecs_fleet.h. Only EcsFleetApi uses it.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "platform/aws/ecs_fleet.h"

namespace hakoban {

[[nodiscard]] EcsInstance read_ecs_instance(const nlohmann::json& instance);
[[nodiscard]] EcsServiceStatus read_ecs_service_status(const nlohmann::json& service, std::size_t events);

}  // namespace hakoban
