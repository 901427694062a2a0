#include "core/fleet/decide_size.h"

#include <fmt/format.h>

#include "core/fleet/fleet_model.h"
#include "core/fleet/scale_in.h"
#include "core/fleet/scale_out.h"

namespace hakoban {
namespace {

std::string stale(std::string_view what, TimePoint seen, TimePoint now) {
  if (seen == TimePoint{}) return fmt::format("{} not seen yet", what);
  return fmt::format("{} not seen for {}", what,
                     format_duration(std::chrono::floor<std::chrono::seconds>(now - seen)));
}

std::string reason_to_hold(const FleetSnapshot& snapshot, const FleetPolicy& policy, TimePoint now) {
  if (now - snapshot.instances_at >= policy.stale_after)
    return stale("container instances", snapshot.instances_at, now);
  if (now - snapshot.pools_at >= policy.stale_after) return stale("pools", snapshot.pools_at, now);
  return {};
}

// Why no pool may shrink now; "" if they may.
std::string reason_to_keep(const FleetSnapshot& snapshot, const FleetPolicy& policy, TimePoint now,
                           bool wanted) {
  if (now - snapshot.services_at >= policy.stale_after) return stale("services", snapshot.services_at, now);
  return wanted ? "room is wanted" : "";
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
    const bool wanted = scale_out(model, decision);
    end_drains(model);
    const auto keep = reason_to_keep(snapshot, policy, now, wanted);
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
