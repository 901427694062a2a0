// How long one decision takes upon a very large cluster.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/fleet/decide_size.h"

namespace hakoban::fleet_sim {

struct DecideCase {
  std::string name;
  FleetSnapshot snapshot;
};

// 10,000 instances, 5,000 services and 1,000 waiting jobs, or a part of it: calm (all has room), short (every
// tenth service misses tasks and no job has room), low (a pool that may shrink).
[[nodiscard]] std::vector<DecideCase> decide_cases(double part);

// Milliseconds of each of `times` decisions, sorted.
[[nodiscard]] std::vector<double> time_decisions(const FleetSnapshot& snapshot, int times);

}  // namespace hakoban::fleet_sim
