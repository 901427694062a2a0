// MessageQueue over AwsClient.
#pragma once

#include "platform/aws/aws_client.h"
#include "platform/aws/sqs.h"

namespace hakoban {

// Thread-safe, no state.
class SqsApi final : public MessageQueue {
 public:
  SqsApi(AwsClient& aws, std::string queue_url, AwsRetryPolicy policy = {});

  [[nodiscard]] Result<std::vector<QueueMessage>> receive(Duration patience,
                                                          const std::stop_token& stop) override;
  [[nodiscard]] Result<void> remove(const std::vector<std::string>& receipts,
                                    const std::stop_token& stop) override;

 private:
  AwsClient& aws_;
  const std::string queue_url_;
  const AwsRetryPolicy policy_;
};

}  // namespace hakoban
