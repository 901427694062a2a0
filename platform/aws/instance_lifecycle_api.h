// InstanceLifecycle over AwsClient.
#pragma once

#include "platform/aws/aws_client.h"
#include "platform/aws/instance_lifecycle.h"

namespace hakoban {

// Thread-safe, no state. The policy holds for each call to AWS.
class InstanceLifecycleApi final : public InstanceLifecycle {
 public:
  explicit InstanceLifecycleApi(AwsClient& aws, AwsRetryPolicy policy = {}) : aws_(aws), policy_(policy) {}

  [[nodiscard]] Result<TerminationHooks> find(const std::string& instance_id,
                                              const std::stop_token& stop) override;
  [[nodiscard]] Result<void> heartbeat(const std::string& group, const std::string& hook,
                                       const std::string& instance_id, const std::stop_token& stop) override;
  [[nodiscard]] Result<void> complete(const std::string& group, const std::string& hook,
                                      const std::string& instance_id, const std::stop_token& stop) override;

 private:
  AwsClient& aws_;
  const AwsRetryPolicy policy_;
};

}  // namespace hakoban
