// Looks at the cluster at intervals and says what it sees: in the log when it changes, and as metrics.
#pragma once

#include <optional>
#include <stop_token>
#include <string>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include "coordinator/cluster_summary.h"
#include "platform/aws/ecs_fleet.h"
#include "platform/clock.h"

namespace hakoban {

struct ObserverConfig {
  std::string cluster = "default";
  Duration interval = 30s;
};

// One thread calls run().
class ClusterObserver {
 public:
  // All references must outlive it.
  ClusterObserver(EcsFleet& fleet, const Clock& clock, prometheus::Registry& registry, ObserverConfig config);

  void run(const std::stop_token& stop);

  // One look. A failed one is counted and logged, and what was seen before stays as it was.
  void observe(const std::stop_token& stop);

  [[nodiscard]] const std::optional<ClusterSummary>& last() const { return last_; }

 private:
  [[nodiscard]] Result<ClusterSummary> look(const std::stop_token& stop);
  void tell(const ClusterSummary& summary);

  EcsFleet& fleet_;
  const Clock& clock_;
  const ObserverConfig config_;
  prometheus::Counter& observations_;
  prometheus::Counter& failures_;
  prometheus::Gauge& observed_at_;
  prometheus::Family<prometheus::Gauge>& instances_;
  prometheus::Family<prometheus::Gauge>& reservation_;
  prometheus::Gauge& missing_tasks_;
  std::optional<ClusterSummary> last_;
  std::string last_failure_;
};

}  // namespace hakoban
