// The census' own counters.
#pragma once

#include <string>

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include "core/host/host_view.h"
#include "core/time.h"

namespace hakoban {

// Thread-safe.
class CensusMetrics {
 public:
  explicit CensusMetrics(prometheus::Registry& registry);

  void event(const std::string& action) { events_.Add({{"action", action}}).Increment(); }
  void reconnect() { reconnects_.Increment(); }
  void inspect_error() { inspect_errors_.Increment(); }
  // `source`: "docker", "instance_metadata", "ecs_agent", "ecs_tasks", "ecs_services", "target_groups",
  // "task_definitions".
  void refreshed(const std::string& source, TimePoint now);
  void refresh_failed(const std::string& source);
  void published(const HostView& view);

 private:
  prometheus::Family<prometheus::Counter>& events_;
  prometheus::Counter& reconnects_;
  prometheus::Counter& inspect_errors_;
  prometheus::Counter& views_;
  prometheus::Family<prometheus::Gauge>& tasks_;
  prometheus::Family<prometheus::Gauge>& containers_;
  prometheus::Family<prometheus::Gauge>& refreshed_;
  prometheus::Family<prometheus::Counter>& refresh_failures_;
};

}  // namespace hakoban
