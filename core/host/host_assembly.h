// Joins what Docker, the ECS agent, the ECS API, the load balancers and instance metadata say into one
// HostView. Pure.
//
// Everything degrades by itself. Docker's labels alone give tasks with their family, revision, cluster and
// container names; the agent adds statuses and tasks that have no container yet; DescribeTasks adds group,
// kind, who started it, tags and ports; the task definition adds stop timeouts, essential flags and limits;
// services and target groups add where a task is registered.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/host/ecs_facts.h"
#include "core/host/host_view.h"

namespace hakoban {

// All that is known of the host at one moment. What nobody has answered yet is simply missing.
struct HostFacts {
  Ec2Identity ec2;
  EcsIdentity ecs;
  std::string own_container_id;  // of the container that this agent runs in; "" outside one

  bool containers_known = false;
  std::map<std::string, ContainerView> containers;  // by id, as Docker tells: task_arn and after are not set
  std::vector<AgentTask> agent_tasks;
  std::map<std::string, EcsTask> tasks;                           // by ARN
  std::map<std::string, EcsTaskDefinition> definitions;           // by definition_key()
  std::map<std::string, EcsService> services;                     // by name
  std::map<std::string, std::optional<TargetGroupFacts>> groups;  // by ARN; nothing: the group is gone
};

// "web:7": how a task definition is named to ECS and in HostFacts. "" when the revision is not known.
[[nodiscard]] std::string definition_key(const TaskView& task);

// `generation` stays 0: who publishes counts.
[[nodiscard]] HostView assemble_host_view(const HostFacts& facts);

}  // namespace hakoban
