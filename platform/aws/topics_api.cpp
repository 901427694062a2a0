#include "platform/aws/topics_api.h"

#include <pugixml.hpp>

namespace hakoban {

Result<void> TopicsApi::publish(const std::string& topic_arn, const std::string& subject,
                                const std::string& message, const std::stop_token& stop) {
  const auto answer =
      aws_.call_query(AwsService::sns, "2010-03-31", "Publish",
                      {{"TopicArn", topic_arn}, {"Subject", subject}, {"Message", message}}, policy_, stop);
  if (!answer) return answer.error();
  return {};
}

}  // namespace hakoban
