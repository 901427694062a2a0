#include "core/fleet/fleet_marks.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "core/fleet/at_work.h"

namespace hakoban {
namespace {

struct Sums {
  std::int64_t cpu = 0;
  std::int64_t cpu_left = 0;
  std::int64_t memory = 0;
  std::int64_t memory_left = 0;
};

std::map<std::string, Sums> sums_by_pool(const FleetSnapshot& snapshot, const FleetPolicy& policy,
                                         TimePoint now) {
  const bool doubtful = in_doubt(snapshot);
  std::map<std::string, Sums> sums;
  for (const auto& instance : snapshot.instances) {
    if (!at_work(instance, policy, now, doubtful)) continue;
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

// std::nullopt is before any time.
std::optional<TimePoint> later(std::optional<TimePoint> left, std::optional<TimePoint> right) {
  return std::max(left, right);
}

}  // namespace

void FleetMarks::apply(FleetSnapshot& snapshot, const FleetPolicy& policy, TimePoint now) {
  if (last_ && now - *last_ >= policy.stale_after) low_.clear();
  last_ = now;
  mark_services(snapshot, now);
  mark_instances(snapshot, now);
  mark_pools(snapshot, policy, now);
  mark_booting(snapshot, now);
  mark_rises(snapshot, policy, now);
  for (auto& job : snapshot.jobs) job.room_since = get(beside_room_, job_name(job));
}

void FleetMarks::note(const FleetDecision& decision, TimePoint now) {
  Since still;
  for (const auto& name : decision.beside_room) still[name] = get(beside_room_, name).value_or(now);
  beside_room_ = std::move(still);
}

void FleetMarks::mark_services(FleetSnapshot& snapshot, TimePoint now) {
  Since still;
  for (auto& service : snapshot.services) {
    service.room_since = get(beside_room_, service_name(service));
    if (service.desired <= service.running + service.pending) continue;
    if (!service.short_since) service.short_since = get(short_, service.name).value_or(now);
    still[service.name] = *service.short_since;
  }
  short_ = std::move(still);
}

void FleetMarks::mark_instances(FleetSnapshot& snapshot, TimePoint now) {
  Since still;
  Since here;
  for (auto& instance : snapshot.instances) {
    instance.stayed_at = later(instance.stayed_at, get(stayed_, instance.arn));
    if (instance.stayed_at) here[instance.arn] = *instance.stayed_at;
    if (instance.connected) continue;
    if (!instance.disconnected_since)
      instance.disconnected_since = get(disconnected_, instance.arn).value_or(now);
    still[instance.arn] = *instance.disconnected_since;
  }
  disconnected_ = std::move(still);
  stayed_ = std::move(here);
}

void FleetMarks::mark_pools(FleetSnapshot& snapshot, const FleetPolicy& policy, TimePoint now) {
  const auto sums = sums_by_pool(snapshot, policy, now);
  Since low;
  Since unlaunched;
  for (auto& pool : snapshot.pools) {
    const auto found = sums.find(pool.name);
    const double share = policy.of(pool).in_below;
    if (found != sums.end() && below(found->second.cpu_left, found->second.cpu, share) &&
        below(found->second.memory_left, found->second.memory, share))
      pool.low_since = low[pool.name] = get(low_, pool.name).value_or(now);
    const bool launches = std::exchange(fulfilled_[pool.name], pool.fulfilled) < pool.fulfilled;
    if (pool.fulfilled < pool.target) {
      const auto since = launches ? std::nullopt : get(unlaunched_, pool.name);
      if (!pool.unlaunched_since) pool.unlaunched_since = since.value_or(now);
      unlaunched[pool.name] = *pool.unlaunched_since;
    }
    pool.grown_at = later(pool.grown_at, get(grown_, pool.name));
    pool.shrunk_at = later(later(pool.shrunk_at, began_), get(shrunk_, pool.name));
  }
  low_ = std::move(low);
  unlaunched_ = std::move(unlaunched);
}

// What names no pool is counted for the first, which is the first to grow.
void FleetMarks::mark_rises(FleetSnapshot& snapshot, const FleetPolicy& policy, TimePoint now) {
  if (policy.foresight <= 0s || snapshot.pools.empty() || snapshot.instances_at == TimePoint{}) return;
  std::map<std::string_view, DemandSum> sums;
  for (const auto& instance : snapshot.instances) {
    if (instance.leaving) continue;
    sums[instance.pool].cpu += instance.cpu - instance.cpu_left;
    sums[instance.pool].memory += instance.memory - instance.memory_left;
  }
  const auto add = [&](std::string_view pool, const TaskNeed& need, std::int64_t count) {
    DemandSum& sum = sums[pool.empty() ? std::string_view{snapshot.pools.front().name} : pool];
    sum.cpu += need.cpu * count;
    sum.memory += need.memory * count;
  };
  for (const auto& service : snapshot.services)
    if (service.need && !service.daemon)
      add("", *service.need, std::max<std::int64_t>(0, service.desired - service.running - service.pending));
  // One that tried again before the instances were seen may be booked on them.
  for (const auto& job : snapshot.jobs)
    if (job.last_heard + job.every > snapshot.instances_at) add(job.pool, job.need, 1);
  for (auto& pool : snapshot.pools) {
    auto& history = demand_[pool.name];
    history.note(now, sums[pool.name]);
    const auto rise = history.rise(now, policy.foresight);
    pool.rise_cpu = rise.cpu;
    pool.rise_memory = rise.memory;
  }
}

void FleetMarks::mark_booting(FleetSnapshot& snapshot, TimePoint now) {
  Since still;
  for (auto& pool : snapshot.pools) {
    for (auto& booting : pool.booting) {
      if (booting.since == TimePoint{}) booting.since = get(booting_, booting.ec2_id).value_or(now);
      still[booting.ec2_id] = booting.since;
    }
  }
  booting_ = std::move(still);
}

}  // namespace hakoban
