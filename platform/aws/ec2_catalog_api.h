// Ec2Catalog over AwsClient.
#pragma once

#include "platform/aws/aws_client.h"
#include "platform/aws/ec2_catalog.h"

namespace hakoban {

// Thread-safe, no state.
class Ec2CatalogApi final : public Ec2Catalog {
 public:
  explicit Ec2CatalogApi(AwsClient& aws, AwsRetryPolicy policy = {});

  [[nodiscard]] Result<std::vector<Ec2Machine>> machines(const std::vector<std::string>& ids,
                                                         const std::stop_token& stop) override;
  [[nodiscard]] Result<std::vector<Ec2Type>> types(const std::vector<std::string>& names,
                                                   const std::stop_token& stop) override;
  [[nodiscard]] Result<Ec2LaunchTemplate> launch_template(const std::string& name,
                                                          const std::stop_token& stop) override;

 private:
  template <class Take>
  [[nodiscard]] Result<void> each_page(std::string_view action, const AwsParams& params, Take take,
                                       const std::stop_token& stop);

  AwsClient& aws_;
  const AwsRetryPolicy policy_;
};

}  // namespace hakoban
