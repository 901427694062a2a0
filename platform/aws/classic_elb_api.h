// ClassicBalancers over AwsClient.
#pragma once

#include "platform/aws/aws_client.h"
#include "platform/aws/classic_elb.h"

namespace hakoban {

// Thread-safe, no state. The policy holds for each call to AWS.
class ClassicElbApi final : public ClassicBalancers {
 public:
  explicit ClassicElbApi(AwsClient& aws, AwsRetryPolicy policy = {}) : aws_(aws), policy_(policy) {}

  [[nodiscard]] Result<void> deregister_instance(const std::string& load_balancer,
                                                 const std::string& instance_id,
                                                 const std::stop_token& stop) override;
  [[nodiscard]] Result<ClassicStanding> standing(const std::string& load_balancer,
                                                 const std::string& instance_id,
                                                 const std::stop_token& stop) override;

 private:
  AwsClient& aws_;
  const AwsRetryPolicy policy_;
};

}  // namespace hakoban
