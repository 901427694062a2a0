// LeaseStore as one item of a DynamoDB table, whose partition key is the string `cluster`. Source: Amazon
// DynamoDB API Reference (AWS JSON 1.0).
#pragma once

#include "platform/aws/aws_client.h"
#include "platform/lease_store.h"

namespace hakoban {

// Thread-safe, no state.
class DynamoLeaseStore final : public LeaseStore {
 public:
  // `key`: the value of the partition key.
  DynamoLeaseStore(AwsClient& aws, std::string table, std::string key, AwsRetryPolicy policy = {});

  [[nodiscard]] Result<std::optional<LeaseRecord>> read(const std::stop_token& stop) override;
  [[nodiscard]] Result<std::string> write(const std::string& holder,
                                          const std::optional<std::string>& expected,
                                          const std::stop_token& stop) override;
  [[nodiscard]] std::string name() const override;

 private:
  AwsClient& aws_;
  const std::string table_;
  const std::string key_;
  const AwsRetryPolicy policy_;
};

}  // namespace hakoban
