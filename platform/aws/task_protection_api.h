// TaskProtection over AwsClient.
#pragma once

#include "platform/aws/aws_client.h"
#include "platform/aws/task_protection.h"

namespace hakoban {

// Thread-safe, no state. The policy holds for each call to AWS.
class TaskProtectionApi final : public TaskProtection {
 public:
  explicit TaskProtectionApi(AwsClient& aws, AwsRetryPolicy policy = {}) : aws_(aws), policy_(policy) {}

  [[nodiscard]] Result<std::vector<std::string>> protected_among(const std::string& cluster,
                                                                 std::span<const std::string> tasks,
                                                                 const std::stop_token& stop) override;

 private:
  AwsClient& aws_;
  const AwsRetryPolicy policy_;
};

}  // namespace hakoban
