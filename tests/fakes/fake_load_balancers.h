// Load balancers whose targets stand as the test says; deregistered ones are `unused` at once.
#pragma once

#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "platform/aws/elb.h"
#include "tests/fakes/call_log.h"
#include "tests/fakes/fake_failures.h"

namespace hakoban {

class FakeLoadBalancers final : public LoadBalancers {
 public:
  explicit FakeLoadBalancers(CallLog& log) : log_(log) {}

  [[nodiscard]] Result<std::map<std::string, TargetGroupFacts>> describe_groups(
      std::span<const std::string> group_arns, const std::stop_token& stop) override {
    if (const auto error = failures.next("describe_groups", stop)) return *error;
    std::map<std::string, TargetGroupFacts> found;
    for (const std::string& arn : group_arns) {
      log_.add("describe_group " + arn);
      if (const auto known = groups.find(arn); known != groups.end()) found.insert(*known);
    }
    return found;
  }

  [[nodiscard]] Result<std::vector<TargetHealth>> target_health(const std::string& group_arn,
                                                                std::span<const TargetRef> targets,
                                                                const std::stop_token& stop) override {
    log_.add("target_health " + group_arn);
    if (const auto error = failures.next("target_health", stop)) return *error;
    std::vector<TargetHealth> health;
    const std::lock_guard lock{mutex_};
    for (const TargetRef& target : targets) {
      const auto state = states_.find(target);
      health.push_back(
          {target.target_id, target.port, state == states_.end() ? "healthy" : state->second, ""});
    }
    return health;
  }

  [[nodiscard]] Result<void> deregister_targets(const std::string& group_arn,
                                                std::span<const TargetRef> targets,
                                                const std::stop_token& stop) override {
    log_.add("deregister " + group_arn);
    if (const auto error = failures.next("deregister_targets", stop)) return *error;
    const std::lock_guard lock{mutex_};
    for (const TargetRef& target : targets) states_[target] = "unused";
    return {};
  }

  void set_state(const TargetRef& target, const std::string& state) {
    const std::lock_guard lock{mutex_};
    states_[target] = state;
  }

  std::map<std::string, TargetGroupFacts> groups;
  FakeFailures failures;

 private:
  CallLog& log_;
  std::mutex mutex_;
  std::map<TargetRef, std::string> states_;
};

}  // namespace hakoban
