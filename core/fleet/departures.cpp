#include "core/fleet/departures.h"

#include <fmt/format.h>

namespace hakoban {
namespace {

std::string seconds_since(TimePoint then, TimePoint now) {
  return format_duration(std::chrono::floor<std::chrono::seconds>(now - then));
}

DepartureDecision reclaimed(const Departure& host, const DeparturePolicy& policy, TimePoint now) {
  using Step = DepartureStep;
  const Duration age = now - host.since;
  if (age > policy.notice) return {Step::forget, "its time is over"};
  if (host.instance_arn.empty()) return {};
  if (!host.draining) {
    if (age < policy.spot_grace) return {};
    return {Step::drain, fmt::format("EC2 reclaims it, and no agent has set it DRAINING in {}",
                                     seconds_since(host.since, now))};
  }
  // Set DRAINING by its agent: that one stops its tasks in its own time.
  if (!host.ours || host.tasks == 0) return {};
  if (!host.standalone_stopped)
    return {Step::stop_standalone, "ECS waits for standalone tasks, EC2 does not"};
  if (!host.all_stopped && age >= policy.notice - policy.stop_reserve)
    return {Step::stop_all, fmt::format("{} tasks still run there", host.tasks)};
  return {};
}

DepartureDecision held(const Departure& host, const DeparturePolicy& policy, TimePoint now) {
  using Step = DepartureStep;
  const Duration age = now - host.since;
  const bool empty = host.instance_arn.empty() || host.tasks == 0;
  if (age < policy.hook_grace) {
    // The agent's turn: but what it does not begin to drain must not go on filling up.
    if (host.instance_arn.empty() || host.draining || age < policy.spot_grace) return {};
    return {Step::drain, "its group terminates it, and no agent has set it DRAINING"};
  }
  if (empty) return {Step::complete, "nothing runs there any more"};
  if (!host.draining) return {Step::drain, "its group terminates it, and no agent has set it DRAINING"};
  if (age >= policy.drain_timeout)
    return {Step::complete, fmt::format("{} tasks still run there after {}", host.tasks,
                                        format_duration(policy.drain_timeout))};
  if (now - host.heartbeat_at.value_or(host.since) >= host.heartbeat_timeout / 2)
    return {Step::heartbeat, fmt::format("{} tasks still run there", host.tasks)};
  return {};
}

}  // namespace

DepartureDecision decide_departure(const Departure& departure, const DeparturePolicy& policy, TimePoint now) {
  if (departure.kind == DepartureKind::reclaimed) return reclaimed(departure, policy, now);
  return held(departure, policy, now);
}

}  // namespace hakoban
