// Decides how many container instances a cluster should have, and which should leave.
#pragma once

#include "core/fleet/fleet_decision.h"
#include "core/fleet/fleet_policy.h"
#include "core/fleet/fleet_snapshot.h"

namespace hakoban {

// Pure: the same snapshot, policy and `now` give the same decision, so that a recorded one can be replayed.
//
// Three ways out. A pool grows when its reservation of CPU or memory is above its threshold (or its headroom
// is not there), when services miss tasks for longer than the grace, or when jobs wait; for the last two a
// simulated placement shows how many instances are needed beyond those on their way. Hosts that are draining
// to shrink are called back before any is bought.
//
// One way in. A pool shrinks when it has been low for a while and nothing else speaks against it, by the
// emptiest host whose tasks all fit elsewhere, with headroom. The host drains, and is terminated when it is
// empty.
//
// What was not seen lately is not acted upon: without instances or pools the decision is to hold, without
// services nothing shrinks, nor when so much is missing at once that the observation is in doubt. Demands
// that no pool can meet are refused with their reason, and keep nothing from shrinking.
[[nodiscard]] FleetDecision decide_size(const FleetSnapshot& snapshot, const FleetPolicy& policy,
                                        TimePoint now);

}  // namespace hakoban
