// PoolControl and LifecycleHooks of Auto Scaling groups, over AwsClient.
#pragma once

#include "platform/aws/aws_client.h"
#include "platform/aws/lifecycle_hooks.h"
#include "platform/aws/pools.h"

namespace hakoban {

// Thread-safe, no state.
class ScalingGroupsApi final : public PoolControl, public LifecycleHooks {
 public:
  explicit ScalingGroupsApi(AwsClient& aws, AwsRetryPolicy policy = {});

  [[nodiscard]] Result<std::vector<PoolStatus>> describe(const std::vector<std::string>& names,
                                                         const std::stop_token& stop) override;
  // SetDesiredCapacity, after a look: the call itself knows no condition.
  [[nodiscard]] Result<void> grow(const std::string& pool, std::int64_t from, std::int64_t to,
                                  const std::stop_token& stop) override;
  // Nothing: terminate() lowers the desired capacity in the same step.
  [[nodiscard]] Result<void> release(const std::string& pool, const PoolMember& member,
                                     const std::stop_token& stop) override;
  // TerminateInstanceInAutoScalingGroup with decrement.
  [[nodiscard]] Result<void> terminate(const std::string& pool, const PoolMember& member,
                                       const std::stop_token& stop) override;
  [[nodiscard]] Result<void> tag(const std::string& pool, const std::map<std::string, std::string>& tags,
                                 const std::stop_token& stop) override;

  [[nodiscard]] Result<std::vector<LifecycleHook>> terminating_hooks(const std::string& group,
                                                                     const std::stop_token& stop) override;
  [[nodiscard]] Result<void> complete(const std::string& group, const std::string& hook,
                                      const std::string& ec2_id, const std::stop_token& stop) override;
  [[nodiscard]] Result<void> heartbeat(const std::string& group, const std::string& hook,
                                       const std::string& ec2_id, const std::stop_token& stop) override;

 private:
  [[nodiscard]] Result<pugi::xml_document> call(std::string_view action, AwsParams params,
                                                const std::stop_token& stop);

  AwsClient& aws_;
  const AwsRetryPolicy policy_;
};

}  // namespace hakoban
