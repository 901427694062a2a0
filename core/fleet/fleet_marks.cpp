#include "core/fleet/fleet_marks.h"

#include <algorithm>

namespace hakoban {
namespace {

struct Sums {
  std::int64_t cpu = 0;
  std::int64_t cpu_left = 0;
  std::int64_t memory = 0;
  std::int64_t memory_left = 0;
};

std::map<std::string, Sums> sums_by_pool(const FleetSnapshot& snapshot) {
  std::map<std::string, Sums> sums;
  for (const auto& instance : snapshot.instances) {
    if (instance.state != InstanceState::active || !instance.connected || instance.leaving) continue;
    Sums& sum = sums[instance.pool];
    sum.cpu += instance.cpu;
    sum.cpu_left += instance.cpu_left;
    sum.memory += instance.memory;
    sum.memory_left += instance.memory_left;
  }
  return sums;
}

bool below(std::int64_t left, std::int64_t whole, double share) {
  return whole > 0 && static_cast<double>(whole - left) < share * static_cast<double>(whole);
}

std::optional<TimePoint> get(const std::map<std::string, TimePoint>& since, const std::string& name) {
  const auto found = since.find(name);
  return found == since.end() ? std::nullopt : std::optional{found->second};
}

}  // namespace

void FleetMarks::apply(FleetSnapshot& snapshot, const FleetPolicy& policy, TimePoint now) {
  if (last_ && now - *last_ >= policy.stale_after) low_.clear();
  last_ = now;
  mark_services(snapshot, now);
  mark_pools(snapshot, policy, now);
  mark_booting(snapshot, now);
}

void FleetMarks::mark_services(FleetSnapshot& snapshot, TimePoint now) {
  Since still;
  for (auto& service : snapshot.services) {
    if (service.desired <= service.running + service.pending) continue;
    service.short_since = get(short_, service.name).value_or(now);
    still[service.name] = *service.short_since;
  }
  short_ = std::move(still);
}

void FleetMarks::mark_pools(FleetSnapshot& snapshot, const FleetPolicy& policy, TimePoint now) {
  const auto sums = sums_by_pool(snapshot);
  Since low;
  Since unlaunched;
  for (auto& pool : snapshot.pools) {
    const auto found = sums.find(pool.name);
    const double share = policy.of(pool).in_below;
    if (found != sums.end() && below(found->second.cpu_left, found->second.cpu, share) &&
        below(found->second.memory_left, found->second.memory, share))
      pool.low_since = low[pool.name] = get(low_, pool.name).value_or(now);
    if (pool.fulfilled < pool.target)
      pool.unlaunched_since = unlaunched[pool.name] = get(unlaunched_, pool.name).value_or(now);
    pool.grown_at = get(grown_, pool.name);
    pool.shrunk_at = std::max(began_, get(shrunk_, pool.name).value_or(began_));
  }
  low_ = std::move(low);
  unlaunched_ = std::move(unlaunched);
}

void FleetMarks::mark_booting(FleetSnapshot& snapshot, TimePoint now) {
  Since still;
  for (auto& pool : snapshot.pools) {
    for (auto& booting : pool.booting)
      booting.since = still[booting.ec2_id] = get(booting_, booting.ec2_id).value_or(now);
  }
  booting_ = std::move(still);
}

}  // namespace hakoban
