// Carries out what sizing decided. Nothing is kept here: what was begun stands in AWS, as the state and the
// attributes of container instances and the tags of pools, so that any other coordinator can go on with it.
#pragma once

#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include <prometheus/counter.h>
#include <prometheus/registry.h>

#include "coordinator/fleet_board.h"
#include "coordinator/fleet_view.h"
#include "platform/aws/ecs_fleet.h"
#include "platform/aws/ecs_placement.h"
#include "platform/aws/pools.h"
#include "platform/clock.h"

namespace hakoban {

struct FleetActorPorts {
  EcsFleet& ecs;
  EcsPlacement& placement;
  PoolControl& groups;
  PoolControl& fleets;
  const Clock& clock;
  FleetBoard& board;  // told of each action, so that the next turn counts with it
};

// One thread.
class FleetActor {
 public:
  FleetActor(FleetActorPorts ports, std::string cluster, bool dry_run, prometheus::Registry& registry);

  // First what makes room, then what takes it: calls draining hosts back, grows pools, drains hosts,
  // terminates empty ones. What fails is told in its outcome, and decided anew in the next turn.
  [[nodiscard]] std::vector<ActionOutcome> act(const FleetDecision& decision, const FleetSightings& seen,
                                               const std::stop_token& stop);

  // Takes marks of drains off hosts that work again: whoever drains such a host later must not be taken for
  // us.
  void tidy(const FleetSightings& seen, const std::stop_token& stop);

 private:
  void undrain(const PoolDecision& pool, const std::stop_token& stop);
  void grow(const PoolDecision& pool, const std::stop_token& stop);
  void drain(const PoolDecision& pool, const std::stop_token& stop);
  void terminate(const PoolDecision& pool, const FleetSightings& seen, const std::stop_token& stop);
  [[nodiscard]] Result<void> terminate_one(const SeenPool& pool, const EcsInstance& instance,
                                           const std::stop_token& stop);
  void tag(const std::string& pool, const char* name, const std::stop_token& stop);
  void note(const std::string& pool, const std::string& action, const std::string& subject,
            const std::string& error = "");
  [[nodiscard]] PoolControl& control_of(const std::string& pool);

  FleetActorPorts at_;
  const std::string cluster_;
  const bool dry_run_;
  prometheus::Family<prometheus::Counter>& actions_;
  std::map<std::string, PoolKind> kinds_;        // of this turn
  std::map<std::string, std::int64_t> targets_;  // of this turn, as they are by now
  std::vector<ActionOutcome> outcomes_;
};

}  // namespace hakoban
