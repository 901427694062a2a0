// Topics over AwsClient.
#pragma once

#include "platform/aws/aws_client.h"
#include "platform/aws/topics.h"

namespace hakoban {

// Thread-safe, no state. The policy holds for each call to AWS.
class TopicsApi final : public Topics {
 public:
  explicit TopicsApi(AwsClient& aws, AwsRetryPolicy policy = {}) : aws_(aws), policy_(policy) {}

  [[nodiscard]] Result<void> publish(const std::string& topic_arn, const std::string& subject,
                                     const std::string& message, const std::stop_token& stop) override;

 private:
  AwsClient& aws_;
  const AwsRetryPolicy policy_;
};

}  // namespace hakoban
