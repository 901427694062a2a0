// Decision records for tests.
#pragma once

#include "coordinator/fleet_view.h"
#include "tests/fakes/fleet_cluster.h"

namespace hakoban {

// A cluster in which nearly every member has a value of its own, and what is decided about it.
inline DecisionRecord rich_record() {
  FleetCluster cluster;
  cluster.policy.utc_offset = std::chrono::minutes{-90};
  cluster.policy.spot.schedules = {{0b0000010, 11h, 13h, 6, 80, Headroom{HeadroomKind::largest_task, 1.5}}};
  cluster.policy.on_demand.max = 60;
  cluster.pool("web", 20, 1).low_for(1h).booting().instances(3, 800, 300);
  auto& pool = cluster.last_pool();
  pool.kind = PoolKind::spot_fleet;
  pool.types.push_back({"large", 4, 4000, 4000, 1});
  pool.zones = {"a", "b"};
  pool.attributes = {{"tier", "front"}};
  pool.grown_at = kFleetNoon - 2h - 1ns;
  auto& odd = cluster.draining(100, 100);
  odd.connected = false;
  odd.disconnected_since = kFleetNoon - 1s;
  odd.ports = {80, 443};
  odd.placed->front().need.constraints = {"attribute:tier == front"};
  cluster.snapshot.instances[0].placed.reset();
  cluster.service("api", 2, FleetCluster::need(500, 500)).placement_failed = true;
  cluster.service("unknown", 1, {}).need.reset();
  cluster.job("5f1c", FleetCluster::need(4096, 100), "web");
  cluster.snapshot.problems = {"services: throttled"};
  DecisionRecord record;
  record.at = kFleetNoon;
  record.snapshot = cluster.snapshot;
  record.policy = cluster.policy;
  record.decision = cluster.decide();
  record.outcomes = {{"web", "grow", "9", ""}, {"web", "drain", "instance-1", "AccessDenied"}};
  record.dry_run = true;
  record.holder = "coordinator-1";
  return record;
}

// One that does nothing.
inline DecisionRecord quiet_record(TimePoint at = kFleetNoon) {
  FleetCluster cluster;
  cluster.see_all(at).pool("web").instances(2, 700, 100);
  return {at, cluster.snapshot, cluster.policy, cluster.decide(at), {}, false, "coordinator-1"};
}

// One that grows the pool.
inline DecisionRecord growing_record(TimePoint at = kFleetNoon) {
  FleetCluster cluster;
  cluster.see_all(at).pool("web").instances(2, 900, 100);
  return {at, cluster.snapshot, cluster.policy, cluster.decide(at), {}, false, "coordinator-1"};
}

}  // namespace hakoban
