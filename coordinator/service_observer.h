// Looks at the cluster's services: all of them in turn, and at once at those of which ECS says that it found
// no room.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include <prometheus/registry.h>

#include "coordinator/fleet_board.h"
#include "coordinator/look_log.h"
#include "coordinator/need_cache.h"
#include "platform/aws/ecs_fleet.h"
#include "platform/clock.h"

namespace hakoban {

struct ServiceObserverPorts {
  EcsFleet& ecs;
  NeedCache& needs;
  const Clock& clock;
  FleetBoard& board;
};

// One thread calls run().
class ServiceObserver {
 public:
  ServiceObserver(ServiceObserverPorts ports, std::string cluster, Duration interval,
                  prometheus::Registry& registry);

  void run(const std::stop_token& stop);

  void look_at_all(const std::stop_token& stop);
  void look_at(const std::vector<std::string>& names, const std::stop_token& stop);

  // Reads task definitions that are not known yet, those of services short of tasks first, until `until`:
  // hundreds take their time within the call budget, and must not hold up the next look.
  void learn_needs(SteadyPoint until, const std::stop_token& stop);

 private:
  [[nodiscard]] std::vector<SeenService> with_needs(std::vector<EcsServiceStatus> services, TimePoint at);

  ServiceObserverPorts at_;
  const std::string cluster_;
  const Duration interval_;
  LookLog log_;
};

}  // namespace hakoban
