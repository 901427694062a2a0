#include "core/fleet/fleet_policy.h"

#include <algorithm>

namespace hakoban {
namespace {

bool on_day(const Schedule& schedule, std::chrono::sys_days day) {
  return (schedule.days >> std::chrono::weekday{day}.c_encoding() & 1U) != 0;
}

}  // namespace

PoolPolicy default_spot_policy() {
  PoolPolicy policy;
  policy.out_above = 0.70;
  policy.in_below = 0.55;
  return policy;
}

bool holds_at(const Schedule& schedule, TimePoint local) {
  const auto day = std::chrono::floor<std::chrono::days>(local);
  const auto minute = local - day;
  if (schedule.from < schedule.to)
    return on_day(schedule, day) && minute >= schedule.from && minute < schedule.to;
  return (on_day(schedule, day) && minute >= schedule.from) ||
         (on_day(schedule, day - std::chrono::days{1}) && minute < schedule.to);
}

PoolBounds bounds_at(const FleetPool& pool, const FleetPolicy& policy, TimePoint now) {
  const PoolPolicy& own = policy.of(pool);
  PoolBounds bounds{pool.min, pool.max, own.headroom};
  auto min = own.min;
  auto max = own.max;
  const auto found = std::find_if(own.schedules.begin(), own.schedules.end(), [&](const Schedule& schedule) {
    return holds_at(schedule, now + policy.utc_offset);
  });
  if (found != own.schedules.end()) {
    if (found->min) min = found->min;
    if (found->max) max = found->max;
    if (found->headroom) bounds.headroom = *found->headroom;
  }
  // AWS refuses what lies outside the pool's own limits.
  if (max) bounds.max = std::min(bounds.max, *max);
  if (min) bounds.min = std::max(bounds.min, *min);
  bounds.min = std::min(bounds.min, bounds.max);
  return bounds;
}

}  // namespace hakoban
