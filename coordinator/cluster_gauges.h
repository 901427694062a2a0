// The cluster in a few numbers: what an operator asks first.
#pragma once

#include <map>
#include <string>

#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include "core/fleet/fleet_snapshot.h"

namespace hakoban {

// One thread.
class ClusterGauges {
 public:
  explicit ClusterGauges(prometheus::Registry& registry);

  void show(const FleetSnapshot& snapshot);

 private:
  void show_instances(const FleetSnapshot& snapshot);

  prometheus::Family<prometheus::Gauge>& instances_;
  prometheus::Family<prometheus::Gauge>& reservation_;
  prometheus::Gauge& tasks_;
  prometheus::Gauge& services_;
  prometheus::Gauge& missing_tasks_;
  prometheus::Gauge& waiting_jobs_;
  prometheus::Family<prometheus::Gauge>& pool_units_;
};

}  // namespace hakoban
