// Amazon ECS, as much of it as the host agent calls. Source: Amazon ECS API Reference (AWS JSON 1.1).
#pragma once

#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "core/host/ecs_facts.h"
#include "core/result.h"

namespace hakoban {

// A batch answer: those found, and the ARNs that ECS called MISSING (gone, or of another cluster). For any
// other reason why ECS answers nothing about one, it is in neither.
template <class T>
struct EcsBatch {
  std::vector<T> found;
  std::vector<std::string> missing;
};

// Reads. Each call splits its list into ECS's batches (100 tasks, 10 services). Errors: those of AwsClient.
class EcsDirectory {
 public:
  virtual ~EcsDirectory() = default;
  [[nodiscard]] virtual Result<EcsBatch<EcsTask>> describe_tasks(const std::string& cluster,
                                                                 std::span<const std::string> arns,
                                                                 const std::stop_token& stop) = 0;
  // not_found: no such task definition, or none active in the family.
  [[nodiscard]] virtual Result<EcsTaskDefinition> describe_task_definition(
      const std::string& family_revision_or_arn, const std::stop_token& stop) = 0;
  [[nodiscard]] virtual Result<EcsBatch<EcsService>> describe_services(const std::string& cluster,
                                                                       std::span<const std::string> names,
                                                                       const std::stop_token& stop) = 0;
};

// Writes. A task that is gone already is a success. An instance that ECS does not know is not_found: the
// wrong cluster must not look like a drained host.
class EcsControl {
 public:
  virtual ~EcsControl() = default;
  // UpdateContainerInstancesState to "DRAINING" or "ACTIVE".
  [[nodiscard]] virtual Result<void> set_instance_status(const std::string& cluster,
                                                         const std::string& container_instance_arn,
                                                         std::string_view status,
                                                         const std::stop_token& stop) = 0;
  // The instance's status as ECS has it: "ACTIVE", "DRAINING", "INACTIVE", …
  [[nodiscard]] virtual Result<std::string> instance_status(const std::string& cluster,
                                                            const std::string& container_instance_arn,
                                                            const std::stop_token& stop) = 0;
  [[nodiscard]] virtual Result<void> stop_task(const std::string& cluster, const std::string& task_arn,
                                               std::string_view reason, const std::stop_token& stop) = 0;
};

}  // namespace hakoban
