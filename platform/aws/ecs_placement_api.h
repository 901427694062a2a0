// EcsPlacement over AwsClient.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "platform/aws/aws_client.h"
#include "platform/aws/ecs_placement.h"

namespace hakoban {

// Thread-safe, no state.
class EcsPlacementApi final : public EcsPlacement {
 public:
  explicit EcsPlacementApi(AwsClient& aws, AwsRetryPolicy policy = {});

  [[nodiscard]] Result<std::vector<EcsRunningTask>> tasks_on(const std::string& cluster,
                                                             const std::string& instance_arn,
                                                             const std::stop_token& stop) override;
  [[nodiscard]] Result<TaskNeed> need_of(const std::string& task_definition_arn,
                                         const std::stop_token& stop) override;
  [[nodiscard]] Result<std::set<std::string>> protected_tasks(const std::string& cluster,
                                                              const std::vector<std::string>& task_arns,
                                                              const std::stop_token& stop) override;
  [[nodiscard]] Result<std::map<std::string, std::string>> set_status(
      const std::string& cluster, const std::vector<std::string>& instance_arns, std::string_view status,
      const std::stop_token& stop) override;
  [[nodiscard]] Result<void> set_attribute(const std::string& cluster, const std::string& instance_arn,
                                           const std::string& name, const std::string& value,
                                           const std::stop_token& stop) override;

 private:
  [[nodiscard]] Result<nlohmann::json> call(std::string_view action, const nlohmann::json& body,
                                            const std::stop_token& stop);

  AwsClient& aws_;
  const AwsRetryPolicy policy_;
};

// What a task definition, as DescribeTaskDefinition answers it, needs of its host.
[[nodiscard]] TaskNeed read_task_need(const nlohmann::json& definition);

}  // namespace hakoban
