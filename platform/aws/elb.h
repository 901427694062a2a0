// Elastic Load Balancing v2, as much of it as the host agent calls. Source: ELB API Reference 2015-12-01
// (query, XML).
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "core/host/host_view.h"
#include "core/result.h"

namespace hakoban {

// What DescribeTargetHealth says of one target.
struct TargetHealth {
  std::string target_id;
  std::uint16_t port = 0;
  std::string state;   // "initial", "healthy", "unhealthy", "unused", "draining", "unavailable"
  std::string reason;  // "Target.NotRegistered", "Target.DeregistrationInProgress", …

  // No new request reaches it and the ones it had have ended (or their delay is over).
  [[nodiscard]] bool out() const { return state == "unused"; }
};

class LoadBalancers {
 public:
  virtual ~LoadBalancers() = default;
  // Type and deregistration delay of each group that still exists, by ARN (DescribeTargetGroups, 20 at a
  // time; DescribeTargetGroupAttributes).
  [[nodiscard]] virtual Result<std::map<std::string, TargetGroupFacts>> describe_groups(
      std::span<const std::string> group_arns, const std::stop_token& stop) = 0;
  // Health of just these targets of one group. A group that is gone: all of them "unused".
  [[nodiscard]] virtual Result<std::vector<TargetHealth>> target_health(const std::string& group_arn,
                                                                        std::span<const TargetRef> targets,
                                                                        const std::stop_token& stop) = 0;
  // One call for all of them. A target or group that is gone already is a success.
  [[nodiscard]] virtual Result<void> deregister_targets(const std::string& group_arn,
                                                        std::span<const TargetRef> targets,
                                                        const std::stop_token& stop) = 0;
};

}  // namespace hakoban
