// LeaseStore as one S3 object, by conditional writes: If-None-Match for the first, If-Match for the others.
// Source: Amazon S3 User Guide, "Conditional writes".
#pragma once

#include "platform/aws/aws_client.h"
#include "platform/lease_store.h"

namespace hakoban {

// Thread-safe, no state.
class S3LeaseStore final : public LeaseStore {
 public:
  S3LeaseStore(AwsClient& aws, std::string bucket, std::string key, AwsRetryPolicy policy = {});

  [[nodiscard]] Result<std::optional<LeaseRecord>> read(const std::stop_token& stop) override;
  [[nodiscard]] Result<std::string> write(const std::string& holder,
                                          const std::optional<std::string>& expected,
                                          const std::stop_token& stop) override;
  [[nodiscard]] std::string name() const override;

 private:
  [[nodiscard]] Result<HttpResponse> call(AwsCall call, const std::stop_token& stop);

  AwsClient& aws_;
  const std::string bucket_;
  const std::string key_;
  const AwsRetryPolicy policy_;
};

}  // namespace hakoban
