// LoadBalancers over AwsClient.
#pragma once

#include "platform/aws/aws_client.h"
#include "platform/aws/elb.h"

namespace hakoban {

// Thread-safe, no state. The policy holds for each call to AWS; make one with a tighter policy for a drain.
class ElbApi final : public LoadBalancers {
 public:
  explicit ElbApi(AwsClient& aws, AwsRetryPolicy policy = {});

  [[nodiscard]] Result<std::map<std::string, TargetGroupFacts>> describe_groups(
      std::span<const std::string> group_arns, const std::stop_token& stop) override;
  [[nodiscard]] Result<std::vector<TargetHealth>> target_health(const std::string& group_arn,
                                                                std::span<const TargetRef> targets,
                                                                const std::stop_token& stop) override;
  [[nodiscard]] Result<void> deregister_targets(const std::string& group_arn,
                                                std::span<const TargetRef> targets,
                                                const std::stop_token& stop) override;

 private:
  AwsClient& aws_;
  const AwsRetryPolicy policy_;
};

}  // namespace hakoban
