// Amazon SNS, as much of it as tells people of a drain. Source: Amazon SNS API Reference 2010-03-31 (query,
// XML).
#pragma once

#include <stop_token>
#include <string>

#include "core/result.h"

namespace hakoban {

class Topics {
 public:
  virtual ~Topics() = default;
  // Publish. `subject` at most 100 characters of ASCII.
  [[nodiscard]] virtual Result<void> publish(const std::string& topic_arn, const std::string& subject,
                                             const std::string& message, const std::stop_token& stop) = 0;
};

}  // namespace hakoban
