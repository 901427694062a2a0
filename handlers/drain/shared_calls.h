// Two of a drain's calls by way of the coordinator, which makes one call of many hosts': DRAINING and
// DeregisterTargets. Without its answer the host calls AWS itself, so that the coordinator is a help and
// never a condition.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/registry.h>

#include "platform/aws/ecs.h"
#include "platform/aws/elb.h"
#include "platform/clock.h"
#include "platform/drain_desk.h"
#include "platform/random.h"

namespace hakoban {

// Asks the desk until it answers. Thread-safe.
class SharedCalls {
 public:
  // All must outlive it.
  SharedCalls(DrainDeskPort& desk, const Clock& clock, prometheus::Registry& registry,
              Random random = system_random());

  // Nothing: the coordinator cannot be had or gave up, so the host has to call by itself. A `stop` cancels:
  // the wish stays with the coordinator, and the next call for the same items asks on.
  [[nodiscard]] std::optional<Result<void>> carry_out(const std::vector<DeskItem>& items,
                                                      const std::stop_token& stop);

 private:
  [[nodiscard]] std::string id_for(const std::vector<DeskItem>& items);
  void forget(const std::vector<DeskItem>& items);
  [[nodiscard]] bool out_of_reach() const;
  void note_failure(const Error& error);
  void note_answer();
  void count(const char* outcome);

  DrainDeskPort& desk_;
  const Clock& clock_;
  const Random random_;
  prometheus::Family<prometheus::Counter>& calls_;
  mutable std::mutex mutex_;
  std::map<std::vector<DeskItem>, std::string> asked_;  // the id of a wish that has no answer yet
  std::optional<SteadyPoint> try_again_at_;             // the coordinator could not be reached
  std::string last_failure_;
};

class SharedEcsControl final : public EcsControl {
 public:
  SharedEcsControl(SharedCalls& shared, EcsControl& direct) : shared_(shared), direct_(direct) {}

  [[nodiscard]] Result<void> set_instance_status(const std::string& cluster,
                                                 const std::string& container_instance_arn,
                                                 std::string_view status,
                                                 const std::stop_token& stop) override;
  [[nodiscard]] Result<std::string> instance_status(const std::string& cluster,
                                                    const std::string& container_instance_arn,
                                                    const std::stop_token& stop) override;
  [[nodiscard]] Result<void> stop_task(const std::string& cluster, const std::string& task_arn,
                                       std::string_view reason, const std::stop_token& stop) override;

 private:
  SharedCalls& shared_;
  EcsControl& direct_;
};

class SharedLoadBalancers final : public LoadBalancers {
 public:
  SharedLoadBalancers(SharedCalls& shared, LoadBalancers& direct) : shared_(shared), direct_(direct) {}

  [[nodiscard]] Result<std::map<std::string, TargetGroupFacts>> describe_groups(
      std::span<const std::string> group_arns, const std::stop_token& stop) override;
  [[nodiscard]] Result<std::vector<TargetHealth>> target_health(const std::string& group_arn,
                                                                std::span<const TargetRef> targets,
                                                                const std::stop_token& stop) override;
  [[nodiscard]] Result<void> deregister_targets(const std::string& group_arn,
                                                std::span<const TargetRef> targets,
                                                const std::stop_token& stop) override;

 private:
  SharedCalls& shared_;
  LoadBalancers& direct_;
};

}  // namespace hakoban
