// What tasks need, by task definition. A revision never changes, so each is asked for once.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include "platform/aws/ecs_placement.h"
#include "platform/clock.h"

namespace hakoban {

// Thread-safe.
class NeedCache {
 public:
  NeedCache(EcsPlacement& ecs, const Clock& clock) : ecs_(ecs), clock_(clock) {}

  // What was read before: no call.
  [[nodiscard]] std::optional<TaskNeed> known(const std::string& definition_arn);

  // Nothing: the definition could not be read; it is asked for again a while later. Errors of AWS are logged
  // when they begin.
  [[nodiscard]] std::optional<TaskNeed> need_of(const std::string& definition_arn,
                                                const std::stop_token& stop);

 private:
  struct Failure {
    TimePoint at;
    std::string what;
  };

  EcsPlacement& ecs_;
  const Clock& clock_;
  std::mutex mutex_;
  std::map<std::string, TaskNeed> needs_;
  std::map<std::string, Failure> failures_;
};

}  // namespace hakoban
