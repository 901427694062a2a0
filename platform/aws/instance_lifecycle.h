// The Auto Scaling group of this instance and the lifecycle hooks that hold it while it terminates. Source:
// Amazon EC2 Auto Scaling API Reference 2011-01-01 (query, XML).
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "core/result.h"
#include "core/time.h"

namespace hakoban {

struct TerminationHook {
  std::string name;
  Duration heartbeat_timeout = 1h;
};

struct TerminationHooks {
  std::string group;                   // "": the instance is in no Auto Scaling group
  std::vector<TerminationHook> hooks;  // of transition autoscaling:EC2_INSTANCE_TERMINATING
};

class InstanceLifecycle {
 public:
  virtual ~InstanceLifecycle() = default;
  // DescribeAutoScalingInstances, then DescribeLifecycleHooks.
  [[nodiscard]] virtual Result<TerminationHooks> find(const std::string& instance_id,
                                                      const std::stop_token& stop) = 0;
  // RecordLifecycleActionHeartbeat. A hook that does not hold the instance (any more) is a success.
  [[nodiscard]] virtual Result<void> heartbeat(const std::string& group, const std::string& hook,
                                               const std::string& instance_id,
                                               const std::stop_token& stop) = 0;
  // CompleteLifecycleAction with CONTINUE. A hook that does not hold the instance (any more) is a success.
  [[nodiscard]] virtual Result<void> complete(const std::string& group, const std::string& hook,
                                              const std::string& instance_id,
                                              const std::stop_token& stop) = 0;
};

}  // namespace hakoban
