// EcsDirectory and EcsControl over AwsClient.
#pragma once

#include "platform/aws/aws_client.h"
#include "platform/aws/ecs.h"

namespace hakoban {

// Thread-safe, no state. The policy holds for each call to AWS; make one with a tighter policy for a drain.
class EcsApi final : public EcsDirectory, public EcsControl {
 public:
  explicit EcsApi(AwsClient& aws, AwsRetryPolicy policy = {});

  [[nodiscard]] Result<EcsBatch<EcsTask>> describe_tasks(const std::string& cluster,
                                                         std::span<const std::string> arns,
                                                         const std::stop_token& stop) override;
  [[nodiscard]] Result<EcsTaskDefinition> describe_task_definition(const std::string& family_revision_or_arn,
                                                                   const std::stop_token& stop) override;
  [[nodiscard]] Result<EcsBatch<EcsService>> describe_services(const std::string& cluster,
                                                               std::span<const std::string> names,
                                                               const std::stop_token& stop) override;

  [[nodiscard]] Result<void> set_instance_status(const std::string& cluster,
                                                 const std::string& container_instance_arn,
                                                 std::string_view status,
                                                 const std::stop_token& stop) override;
  [[nodiscard]] Result<std::string> instance_status(const std::string& cluster,
                                                    const std::string& container_instance_arn,
                                                    const std::stop_token& stop) override;
  [[nodiscard]] Result<void> stop_task(const std::string& cluster, const std::string& task_arn,
                                       std::string_view reason, const std::stop_token& stop) override;

 private:
  AwsClient& aws_;
  const AwsRetryPolicy policy_;
};

}  // namespace hakoban
