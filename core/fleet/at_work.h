// Which container instances count as capacity.
#pragma once

#include "core/fleet/fleet_policy.h"
#include "core/fleet/fleet_snapshot.h"

namespace hakoban {

// So many ECS agents are disconnected at once, or so much of what the pools have is missing from the cluster,
// that the observation is more likely at fault than the hosts.
[[nodiscard]] bool in_doubt(const FleetSnapshot& snapshot);

// ACTIVE and not leaving; its agent connected, or gone for less than the policy's grace, or `doubtful`.
[[nodiscard]] bool at_work(const FleetInstance& instance, const FleetPolicy& policy, TimePoint now,
                           bool doubtful);

}  // namespace hakoban
