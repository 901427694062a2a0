// Scale-in protection of ECS service tasks. Source: Amazon ECS API Reference, GetTaskProtection.
#pragma once

#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "core/result.h"

namespace hakoban {

class TaskProtection {
 public:
  virtual ~TaskProtection() = default;
  // Those among `tasks` (ARNs; 100 a call) that are protected now. Tasks that cannot have protection, and
  // those that are gone, are not.
  [[nodiscard]] virtual Result<std::vector<std::string>> protected_among(const std::string& cluster,
                                                                         std::span<const std::string> tasks,
                                                                         const std::stop_token& stop) = 0;
};

}  // namespace hakoban
