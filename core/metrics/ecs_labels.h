// The labels of containers and tasks on the metrics page.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/host/host_view.h"

namespace hakoban {

struct LabelRules {
  // Docker labels that become container_label_*.
  std::vector<std::string> container_labels;
  // Names of containers that are no app, whatever the task definition says of them. '*' at the end: any
  // ending.
  std::vector<std::string> sidecars;
};

// "pause", "sidecar" or "app": the pause container; what the rules name or the task definition calls not
// essential; what it calls essential. "": not known (yet).
[[nodiscard]] std::string_view role_of(const ContainerView& container, std::span<const std::string> sidecars);

// Label names on every family of a container: cAdvisor's id, image, name and container_label_* (those Docker
// labels that the rules name and the container has), then ecs_container, ecs_role, ecs_cluster, ecs_service,
// ecs_task_family, ecs_task_id, ecs_task_revision. `task`: null outside ECS.
[[nodiscard]] std::string container_labels(const ContainerView& container, const TaskView* task,
                                           std::string_view cgroup, const LabelRules& rules);

// ecs_cluster, ecs_service, ecs_task_family, ecs_task_id, ecs_task_revision.
[[nodiscard]] std::string task_labels(const TaskView& task);

// For ecs_container_info: the task's labels, ecs_container, ecs_role, container_id, name, image, essential,
// network_mode, and network_of: whose network namespace it shares.
[[nodiscard]] std::string container_info_labels(const ContainerView& container, const TaskView& task,
                                                const LabelRules& rules);

// For ecs_task_info: the task's labels, task_arn, kind, group, started_by, network_mode.
[[nodiscard]] std::string task_info_labels(const TaskView& task);

}  // namespace hakoban
