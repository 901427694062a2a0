// Looks at the pools, the container instances, and the tasks of those that sizing asks about.
#pragma once

#include <map>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include <prometheus/registry.h>

#include "coordinator/fleet_board.h"
#include "coordinator/look_log.h"
#include "coordinator/need_cache.h"
#include "platform/aws/ec2_catalog.h"
#include "platform/aws/ecs_fleet.h"
#include "platform/aws/ecs_placement.h"
#include "platform/aws/pools.h"
#include "platform/clock.h"

namespace hakoban {

struct PoolName {
  PoolKind kind = PoolKind::auto_scaling_group;
  std::string name;

  bool operator==(const PoolName&) const = default;
};

// "sfr-…" is a Spot Fleet, anything else an Auto Scaling group; "asg:" and "spotfleet:" before it say so.
// Errors: invalid.
[[nodiscard]] Result<PoolName> parse_pool_name(std::string_view text);

struct ObserverConfig {
  std::string cluster = "default";
  std::vector<PoolName> pools;
  Duration interval = 5s;           // between two looks at instances and pools
  Duration services_interval = 5s;  // and at services
};

struct HostObserverPorts {
  EcsFleet& ecs;
  EcsPlacement& placement;
  PoolControl& groups;
  PoolControl& fleets;
  Ec2Catalog& ec2;
  NeedCache& needs;
  const Clock& clock;
  FleetBoard& board;
};

// One thread calls run().
class HostObserver {
 public:
  HostObserver(HostObserverPorts ports, ObserverConfig config, prometheus::Registry& registry);

  void run(const std::stop_token& stop);

  // One look at everything. A part that fails stays as it was seen before, and ages.
  void look(const std::stop_token& stop);

 private:
  void look_at_pools(const std::stop_token& stop);
  void look_at_instances(const std::stop_token& stop);
  [[nodiscard]] Result<std::vector<SeenPool>> pools(const std::stop_token& stop);
  [[nodiscard]] Ec2LaunchTemplate launch_template(const std::string& name, const std::stop_token& stop);
  void learn_types(const std::vector<SeenPool>& pools, const std::stop_token& stop);
  void learn_machines(const std::set<std::string>& ids, const std::stop_token& stop);
  void look_at_tasks(const std::set<std::string>& here, const std::stop_token& stop);
  [[nodiscard]] Result<std::vector<PlacedTask>> tasks_on(const std::string& instance,
                                                         const std::stop_token& stop);
  void complain(const std::string& about, const Error& error);

  HostObserverPorts at_;
  const ObserverConfig config_;
  LookLog pools_log_;
  LookLog instances_log_;
  std::set<std::string> member_ids_;
  std::map<std::string, Ec2Machine> machines_;
  std::map<std::string, Ec2Type> types_;
  std::map<std::string, TimePoint> placed_;  // when its tasks were looked at, by container instance ARN
  struct Template {
    TimePoint at;
    Ec2LaunchTemplate read;
  };
  std::map<std::string, Template> templates_;
  std::map<std::string, TimePoint> asked_about_;  // machines and types that EC2 did not know
  std::map<std::string, std::string> complaints_;
};

}  // namespace hakoban
