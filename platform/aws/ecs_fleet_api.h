// EcsFleet over AwsClient.
#pragma once

#include "platform/aws/aws_client.h"
#include "platform/aws/ecs_fleet.h"

namespace hakoban {

// Thread-safe, no state.
class EcsFleetApi final : public EcsFleet {
 public:
  explicit EcsFleetApi(AwsClient& aws, AwsRetryPolicy policy = {});

  [[nodiscard]] Result<std::vector<EcsInstance>> instances(const std::string& cluster,
                                                           const std::stop_token& stop) override;
  [[nodiscard]] Result<std::vector<EcsInstance>> instances_named(const std::string& cluster,
                                                                 const std::vector<std::string>& arns,
                                                                 const std::stop_token& stop) override;
  [[nodiscard]] Result<std::vector<EcsServiceStatus>> services(const std::string& cluster, std::size_t events,
                                                               const std::stop_token& stop) override;
  [[nodiscard]] Result<std::vector<EcsServiceStatus>> services_named(const std::string& cluster,
                                                                     const std::vector<std::string>& names,
                                                                     std::size_t events,
                                                                     const std::stop_token& stop) override;

 private:
  AwsClient& aws_;
  const AwsRetryPolicy policy_;
};

}  // namespace hakoban
