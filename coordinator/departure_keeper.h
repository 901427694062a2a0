// Sees to hosts that leave where no agent does: reclaimed ones are drained and their tasks stopped, those
// that a lifecycle hook holds are drained, held by heartbeats and let go.
#pragma once

#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include <prometheus/counter.h>
#include <prometheus/registry.h>

#include "coordinator/fleet_board.h"
#include "coordinator/lease.h"
#include "core/fleet/departures.h"
#include "platform/aws/ecs.h"
#include "platform/aws/ecs_placement.h"
#include "platform/aws/lifecycle_hooks.h"
#include "platform/clock.h"

namespace hakoban {

struct DepartureConfig {
  DeparturePolicy policy;
  std::string hook;  // the only lifecycle hook that is ours to complete; "": the group's, if it has just one
  bool dry_run = false;
};

struct DeparturePorts {
  EcsPlacement& placement;
  EcsControl& control;
  LifecycleHooks& hooks;
  const Lease& lease;
  const Clock& clock;
  FleetBoard& board;
};

// One thread calls run().
class DepartureKeeper {
 public:
  DepartureKeeper(DeparturePorts ports, std::string cluster, DepartureConfig config,
                  prometheus::Registry& registry);

  void run(const std::stop_token& stop);

  // One turn over all that leave.
  void turn(const std::stop_token& stop);

 private:
  // What cannot be seen in AWS. A coordinator that follows begins with the first step again; all are harmless
  // when repeated.
  struct Memory {
    TimePoint since;
    bool standalone_stopped = false;
    bool all_stopped = false;
    std::optional<TimePoint> heartbeat_at;
    std::string told;  // the step told last, so that a dry run and a failure do not repeat themselves
  };
  struct Hooks {
    TimePoint at;
    std::optional<LifecycleHook> ours;
  };

  [[nodiscard]] std::vector<Departure> departures(const FleetSightings& seen);
  TimePoint remember(const std::string& ec2_id, TimePoint since);
  [[nodiscard]] std::optional<LifecycleHook> hook_of(const std::string& group, const std::stop_token& stop);
  [[nodiscard]] Result<void> carry_out(const Departure& host, DepartureStep step,
                                       const std::stop_token& stop);
  [[nodiscard]] Result<void> drain(const Departure& host, const std::stop_token& stop);
  [[nodiscard]] Result<void> stop_tasks(const Departure& host, bool all, const std::stop_token& stop);

  DeparturePorts at_;
  const std::string cluster_;
  const DepartureConfig config_;
  prometheus::Family<prometheus::Counter>& steps_;
  std::map<std::string, Memory> memory_;  // by EC2 id
  std::map<std::string, Hooks> hooks_;    // by group
};

}  // namespace hakoban
