// Who decides about a simulated cluster's size.
#pragma once

#include <memory>
#include <string>

#include "benchmarks/fleet/cluster.h"

namespace hakoban::fleet_sim {

class Scaler {
 public:
  virtual ~Scaler() = default;

  // Once a simulated second, after the cluster's own step.
  virtual void tick(Cluster& cluster) = 0;

  [[nodiscard]] virtual std::string name() const = 0;

  // Calls to AWS since the beginning, by bucket of its quotas.
  [[nodiscard]] virtual std::map<std::string, double> calls() const { return {}; }
};

}  // namespace hakoban::fleet_sim
