// What ECS says of tasks, as values: the API (platform/aws/ecs.h fetches it) and the ECS agent on the host
// (platform/ecs_introspection.h). core/host/host_assembly.h joins it with what Docker says.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/time.h"

namespace hakoban {

struct EcsNetworkBinding {
  std::string container_name;
  std::uint16_t container_port = 0;
  std::uint16_t host_port = 0;
};

struct EcsTask {
  std::string arn;
  std::string task_definition_arn;
  std::string group;
  std::string started_by;
  std::string last_status;
  std::string desired_status;
  std::string private_ip;  // of its elastic network interface (awsvpc), else ""
  std::vector<EcsNetworkBinding> bindings;
  std::map<std::string, std::string> tags;

  bool operator==(const EcsTask&) const = default;
};

struct EcsContainerDefinition {
  std::string name;
  std::optional<Duration> stop_timeout;
  bool essential = true;
};

struct EcsTaskDefinition {
  std::string arn;
  std::string network_mode;                   // "" means bridge
  std::optional<std::uint64_t> memory_bytes;  // task level
  std::optional<double> cpu_vcpus;            // task level
  std::vector<EcsContainerDefinition> containers;
};

struct EcsLoadBalancer {
  std::string target_group_arn;    // ELBv2, or
  std::string load_balancer_name;  // classic
  std::string container_name;
  std::uint16_t container_port = 0;
};

struct EcsService {
  std::string name;
  std::string scheduling_strategy;  // "REPLICA", "DAEMON"
  std::vector<EcsLoadBalancer>
      load_balancers;  // of the service and of its task sets (external and CodeDeploy deployments)
  std::vector<std::string>
      discovery_services{};  // ids of Cloud Map services that its tasks are registered with
};

// A container of a task as the ECS agent knows it. "" for the id before Docker has created it.
struct AgentContainer {
  std::string docker_id;
  std::string name;  // in the task definition

  bool operator==(const AgentContainer&) const = default;
};

// A task as the ECS agent knows it: fresher than the API, but without group, service or targets.
struct AgentTask {
  std::string arn;
  std::string known_status;    // "NONE", "PULLED", "CREATED", "RUNNING", "STOPPED", …
  std::string desired_status;  // "" when the agent leaves it out
  std::string family;
  std::string revision;
  std::vector<AgentContainer> containers;

  bool operator==(const AgentTask&) const = default;
};

}  // namespace hakoban
