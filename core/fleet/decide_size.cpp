#include "core/fleet/decide_size.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/fleet/fleet_model.h"
#include "core/fleet/scale_in.h"
#include "core/fleet/scale_out.h"

namespace hakoban {
namespace {

std::string stale(std::string_view what, const FleetSnapshot& snapshot, TimePoint seen, TimePoint now) {
  std::string text = seen == TimePoint{}
                         ? fmt::format("{} not seen yet", what)
                         : fmt::format("{} not seen for {}", what,
                                       format_duration(std::chrono::floor<std::chrono::seconds>(now - seen)));
  if (!snapshot.problems.empty()) text += fmt::format(" ({})", fmt::join(snapshot.problems, "; "));
  return text;
}

std::string reason_to_hold(const FleetSnapshot& snapshot, const FleetPolicy& policy, TimePoint now) {
  if (now - snapshot.instances_at >= policy.stale_after)
    return stale("container instances", snapshot, snapshot.instances_at, now);
  if (now - snapshot.pools_at >= policy.stale_after) return stale("pools", snapshot, snapshot.pools_at, now);
  return {};
}

// Why no pool may shrink now; "" if they may.
std::string reason_to_keep(const FleetModel& model) {
  const auto& snapshot = model.snapshot();
  if (model.now() - snapshot.services_at >= model.policy().stale_after)
    return stale("services", snapshot, snapshot.services_at, model.now());
  if (model.doubtful()) return "most ECS agents, or most of what the pools have, are missing at once";
  return {};
}

}  // namespace

FleetDecision decide_size(const FleetSnapshot& snapshot, const FleetPolicy& policy, TimePoint now) {
  FleetDecision decision;
  decision.hold = reason_to_hold(snapshot, policy, now);
  FleetModel model{snapshot, policy, now};
  for (auto& pool : model.pools()) {
    pool.decision.cpu_reservation = cpu_reservation(pool);
    pool.decision.memory_reservation = memory_reservation(pool);
  }
  if (decision.hold.empty()) {
    scale_out(model, decision);
    const auto keep = reason_to_keep(model);
    end_drains(model, keep.empty());
    if (keep.empty()) {
      scale_in(model, decision);
    } else {
      for (auto& pool : model.pools()) pool.decision.refused.push_back("to shrink by one: " + keep);
    }
  }
  for (auto& pool : model.pools()) decision.pools.push_back(std::move(pool.decision));
  return decision;
}

}  // namespace hakoban
