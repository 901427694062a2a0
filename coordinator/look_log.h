// Counts and tells how the looks of one observer go: trouble when it begins, changes and ends.
#pragma once

#include <string>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include "coordinator/fleet_board.h"
#include "core/result.h"
#include "platform/clock.h"

namespace hakoban {

// One thread.
class LookLog {
 public:
  // `part`: "instances", "services", "pools".
  LookLog(std::string part, FleetBoard& board, const Clock& clock, prometheus::Registry& registry);

  void went_well(Duration took);
  void failed(const Error& error);

 private:
  const std::string part_;
  FleetBoard& board_;
  const Clock& clock_;
  prometheus::Counter& looks_;
  prometheus::Counter& failures_;
  prometheus::Gauge& seen_at_;
  prometheus::Gauge& took_;
  std::string trouble_;
};

}  // namespace hakoban
