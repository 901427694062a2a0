// What decide_size works on: the snapshot's pools and the room in their instances, changed step by step as
// the decision takes shape. Only core/fleet's own sources include this.
#pragma once

#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/fleet/fleet_decision.h"
#include "core/fleet/fleet_policy.h"
#include "core/fleet/placement.h"

namespace hakoban {

// Sums over instances.
struct Capacity {
  std::int64_t cpu = 0;
  std::int64_t memory = 0;
};

struct PoolModel {
  const FleetPool* seen = nullptr;
  const PoolPolicy* policy = nullptr;
  PoolBounds bounds;
  const PoolType* smallest = nullptr;  // of those whose size is known; null: none is
  std::string undelivered;             // not "": it does not bring the instances it should, and how
  bool wanted = false;                 // something needs room that only it may give: it does not shrink
  std::int64_t bought = 0;             // units, by this decision
  std::int64_t leaving = 0;            // units of hosts that drain to shrink
  Capacity registered;                 // of ACTIVE instances, and of those called back
  Capacity coming;                     // of instances on their way and those bought
  std::map<std::string, std::int64_t> zones;                           // instances of each
  std::vector<std::pair<std::size_t, const FleetInstance*>> working;   // bins of ACTIVE instances
  std::vector<std::pair<std::size_t, const FleetInstance*>> draining;  // to shrink; the latest first
  std::vector<std::size_t> coming_bins;
  std::vector<std::size_t> replacing_bins;  // of what the pool will launch for hosts that leave; closed
  PoolDecision decision;

  [[nodiscard]] std::int64_t weight_of(const std::string& type) const;
  // Units left once those that drain have gone.
  [[nodiscard]] std::int64_t remaining_target() const { return seen->target + bought - leaving; }
};

class FleetModel {
 public:
  FleetModel(const FleetSnapshot& snapshot, const FleetPolicy& policy, TimePoint now);

  [[nodiscard]] const FleetSnapshot& snapshot() const { return snapshot_; }
  [[nodiscard]] const FleetPolicy& policy() const { return policy_; }
  [[nodiscard]] TimePoint now() const { return now_; }
  [[nodiscard]] Placement& room() { return room_; }
  [[nodiscard]] std::vector<PoolModel>& pools() { return pools_; }

  // CPU and memory free in the pool's open bins, those on their way too.
  [[nodiscard]] Capacity free_in(const PoolModel& pool) const;

  // What an instance of the type has left for tasks once the daemons are on it.
  [[nodiscard]] Bin empty_bin(std::size_t pool, const PoolType& type, const std::string& zone);

  // Calls a draining host back: `at` indexes PoolModel::draining.
  void undrain(PoolModel& pool, std::size_t at);

  // From here on, replacements for hosts that leave count as on their way.
  void count_replacements(PoolModel& pool);

  // Whether the bin is of a host at work, neither on its way nor bought.
  [[nodiscard]] bool is_host(std::size_t bin) const { return bin < hosts_; }

  // Nothing shrinks while the observation is in doubt.
  [[nodiscard]] bool doubtful() const { return doubtful_; }

  // Adds an instance that is to be bought, without asking whether it may be. Returns its bin.
  std::size_t buy(std::size_t pool, const PoolType& type, const std::string& zone);

  // The zone with the fewest instances, where a group launches next.
  [[nodiscard]] static std::string next_zone(const PoolModel& pool);

 private:
  void add_instances();
  void add_coming(std::size_t pool);
  void add_replacements(std::size_t pool);
  [[nodiscard]] std::string undelivered_by(const FleetPool& pool) const;

  const FleetSnapshot& snapshot_;
  const FleetPolicy& policy_;
  const TimePoint now_;
  const bool doubtful_;
  Placement room_;
  std::size_t hosts_ = 0;  // bins up to here are of hosts
  std::vector<PoolModel> pools_;
  std::vector<const TaskNeed*> daemons_;
  std::deque<Attributes> attributes_;  // of bins that are no instances yet
};

}  // namespace hakoban
