// What sizing asks ECS about tasks, and what it does to container instances. Source: Amazon ECS API Reference
// (AWS JSON 1.1).
#pragma once

#include <map>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "core/fleet/fleet_snapshot.h"
#include "core/result.h"

namespace hakoban {

// A task on a container instance. CPU and memory are those of the task where it has its own (overrides
// count).
struct EcsRunningTask {
  std::string arn;
  std::string task_definition_arn;
  std::string group;  // "service:<name>" of a service's
  std::string last_status;
  std::string desired_status;
  std::optional<std::int64_t> cpu;     // units
  std::optional<std::int64_t> memory;  // MiB

  bool operator==(const EcsRunningTask&) const = default;
};

class EcsPlacement {
 public:
  virtual ~EcsPlacement() = default;

  // The tasks on the instance that ECS has not stopped.
  [[nodiscard]] virtual Result<std::vector<EcsRunningTask>> tasks_on(const std::string& cluster,
                                                                     const std::string& instance_arn,
                                                                     const std::stop_token& stop) = 0;

  // What a task of this definition needs of its host. Errors: not_found.
  [[nodiscard]] virtual Result<TaskNeed> need_of(const std::string& task_definition_arn,
                                                 const std::stop_token& stop) = 0;

  // Those of a service's tasks that protect themselves from being stopped.
  [[nodiscard]] virtual Result<std::set<std::string>> protected_tasks(
      const std::string& cluster, const std::vector<std::string>& task_arns, const std::stop_token& stop) = 0;

  // UpdateContainerInstancesState to "DRAINING" or "ACTIVE", ten at a time. What ECS refused, by ARN, with
  // its reason; an error when a call failed as a whole.
  [[nodiscard]] virtual Result<std::map<std::string, std::string>> set_status(
      const std::string& cluster, const std::vector<std::string>& instance_arns, std::string_view status,
      const std::stop_token& stop) = 0;

  // An attribute on the container instance itself: ECS keeps it, and DescribeContainerInstances tells it.
  // `value` "": takes it off.
  [[nodiscard]] virtual Result<void> set_attribute(const std::string& cluster,
                                                   const std::string& instance_arn, const std::string& name,
                                                   const std::string& value, const std::stop_token& stop) = 0;
};

}  // namespace hakoban
