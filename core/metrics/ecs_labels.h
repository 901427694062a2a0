// The labels of containers and tasks on the metrics page.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "core/host/host_view.h"

namespace hakoban {

// Label names on every family of a container: cAdvisor's id, image, name and container_label_* (those Docker
// labels that `allowed` names and the container has), then ecs_cluster, ecs_container, ecs_service,
// ecs_task_family, ecs_task_id, ecs_task_revision. `task`: null outside ECS.
[[nodiscard]] std::string container_labels(const ContainerView& container, const TaskView* task,
                                           std::string_view cgroup, std::span<const std::string> allowed);

// ecs_cluster, ecs_service, ecs_task_family, ecs_task_id, ecs_task_revision.
[[nodiscard]] std::string task_labels(const TaskView& task);

// For ecs_container_info: the task's labels, ecs_container, container_id, name, image, essential,
// network_mode.
[[nodiscard]] std::string container_info_labels(const ContainerView& container, const TaskView& task);

// For ecs_task_info: the task's labels, task_arn, kind, group, started_by, network_mode.
[[nodiscard]] std::string task_info_labels(const TaskView& task);

}  // namespace hakoban
