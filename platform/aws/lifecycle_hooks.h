// Lifecycle hooks of an Auto Scaling group, for hosts that cannot answer theirs themselves. Source: Amazon
// EC2 Auto Scaling API Reference 2011-01-01.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "core/result.h"
#include "core/time.h"

namespace hakoban {

struct LifecycleHook {
  std::string name;
  Duration heartbeat_timeout{};

  bool operator==(const LifecycleHook&) const = default;
};

class LifecycleHooks {
 public:
  virtual ~LifecycleHooks() = default;

  // Those that hold instances which terminate.
  [[nodiscard]] virtual Result<std::vector<LifecycleHook>> terminating_hooks(const std::string& group,
                                                                             const std::stop_token& stop) = 0;

  // Lets the instance go (CONTINUE). No action that waits any more is a success.
  [[nodiscard]] virtual Result<void> complete(const std::string& group, const std::string& hook,
                                              const std::string& ec2_id, const std::stop_token& stop) = 0;

  // Holds it for another heartbeat time-out. Errors: not_found when no action waits any more.
  [[nodiscard]] virtual Result<void> heartbeat(const std::string& group, const std::string& hook,
                                               const std::string& ec2_id, const std::stop_token& stop) = 0;
};

}  // namespace hakoban
