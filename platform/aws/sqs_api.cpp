#include "platform/aws/sqs_api.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <nlohmann/json.hpp>

#include "platform/json_fields.h"

namespace hakoban {
namespace {

using nlohmann::json;

constexpr std::size_t kAtOnce = 10;
constexpr Duration kLongestWait = 20s;
constexpr Duration kAnswerTime = 10s;  // beyond the wait

std::int64_t number_in(const json& attributes, const char* key) {
  const std::string text = text_of(attributes, key);
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace

SqsApi::SqsApi(AwsClient& aws, std::string queue_url, AwsRetryPolicy policy)
    : aws_(aws), queue_url_(std::move(queue_url)), policy_(policy) {}

Result<std::vector<QueueMessage>> SqsApi::receive(Duration patience, const std::stop_token& stop) {
  const auto wait =
      std::chrono::floor<std::chrono::seconds>(std::clamp(patience, Duration::zero(), kLongestWait));
  AwsRetryPolicy policy = AwsRetryPolicy::none(wait + kAnswerTime);
  const auto answer =
      aws_.call_json(AwsService::sqs, "AmazonSQS.ReceiveMessage",
                     {{"QueueUrl", queue_url_},
                      {"MaxNumberOfMessages", kAtOnce},
                      {"WaitTimeSeconds", wait.count()},
                      {"MessageSystemAttributeNames", {"SentTimestamp", "ApproximateReceiveCount"}},
                      {"AttributeNames", {"SentTimestamp", "ApproximateReceiveCount"}}},
                     policy, stop);
  if (!answer) return answer.error();
  std::vector<QueueMessage> messages;
  for (const auto& found : list_of(*answer, "Messages")) {
    QueueMessage message{
        text_of(found, "MessageId"), text_of(found, "ReceiptHandle"), text_of(found, "Body"), {}};
    const auto& attributes = object_of(found, "Attributes");
    message.sent_at = TimePoint{std::chrono::milliseconds{number_in(attributes, "SentTimestamp")}};
    message.receives = std::max<std::int64_t>(1, number_in(attributes, "ApproximateReceiveCount"));
    messages.push_back(std::move(message));
  }
  return messages;
}

Result<void> SqsApi::remove(const std::vector<std::string>& receipts, const std::stop_token& stop) {
  for (std::size_t begin = 0; begin < receipts.size(); begin += kAtOnce) {
    json entries = json::array();
    for (std::size_t i = begin; i < std::min(begin + kAtOnce, receipts.size()); ++i)
      entries.push_back({{"Id", std::to_string(i)}, {"ReceiptHandle", receipts[i]}});
    const auto answer = aws_.call_json(AwsService::sqs, "AmazonSQS.DeleteMessageBatch",
                                       {{"QueueUrl", queue_url_}, {"Entries", entries}}, policy_, stop);
    if (!answer) return answer.error();
  }
  return {};
}

}  // namespace hakoban
