// How ECS names tasks: ARNs, groups, and the labels that its agent puts on containers.
#pragma once

#include <string>
#include <string_view>

namespace hakoban {

// The agent's labels on each container of a task. Source: "Container metadata" in the ECS developer guide.
constexpr std::string_view kTaskArnLabel = "com.amazonaws.ecs.task-arn";
constexpr std::string_view kContainerNameLabel = "com.amazonaws.ecs.container-name";
constexpr std::string_view kFamilyLabel = "com.amazonaws.ecs.task-definition-family";
constexpr std::string_view kRevisionLabel = "com.amazonaws.ecs.task-definition-version";
constexpr std::string_view kClusterLabel = "com.amazonaws.ecs.cluster";

// The last part: "arn:aws:ecs:eu-west-1:1:task/prod/58ec…" and the old "…:task/58ec…" give "58ec…".
[[nodiscard]] std::string_view task_id_of(std::string_view task_arn);

// The cluster in a task's ARN; "" for the old form, which names none.
[[nodiscard]] std::string_view cluster_of_task_arn(std::string_view task_arn);

// "prod" for "prod" and for "arn:aws:ecs:eu-west-1:1:cluster/prod".
[[nodiscard]] std::string_view cluster_name(std::string_view name_or_arn);

// The service in a task's group ("service:web" gives "web"); "" for any other group.
[[nodiscard]] std::string_view service_of_group(std::string_view group);

// Whether ECS's agent made this container only to hold a network namespace.
[[nodiscard]] bool is_pause_container(std::string_view container_name, std::string_view ecs_name);

}  // namespace hakoban
