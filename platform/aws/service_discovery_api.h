// ServiceDiscovery over AwsClient.
#pragma once

#include "platform/aws/aws_client.h"
#include "platform/aws/service_discovery.h"

namespace hakoban {

// Thread-safe, no state. The policy holds for each call to AWS.
class ServiceDiscoveryApi final : public ServiceDiscovery {
 public:
  explicit ServiceDiscoveryApi(AwsClient& aws, AwsRetryPolicy policy = {}) : aws_(aws), policy_(policy) {}

  [[nodiscard]] Result<void> deregister_instance(const std::string& service_id,
                                                 const std::string& instance_id,
                                                 const std::stop_token& stop) override;

 private:
  AwsClient& aws_;
  const AwsRetryPolicy policy_;
};

}  // namespace hakoban
