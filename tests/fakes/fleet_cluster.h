// Builds fleet snapshots for tests, one fact at a time.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/fleet/decide_size.h"

namespace hakoban {

// 2026-11-23T12:00:00Z, a Monday.
inline const TimePoint kFleetNoon{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23} + 12h};

// Instances have 1000 CPU units and 1000 MiB unless told otherwise, so that shares read easily.
class FleetCluster {
 public:
  FleetSnapshot snapshot;
  FleetPolicy policy;

  FleetCluster() {
    snapshot.cluster = "main";
    see_all();
  }

  FleetCluster& see_all(TimePoint when = kFleetNoon) {
    snapshot.instances_at = snapshot.services_at = snapshot.pools_at = when;
    return *this;
  }

  // A pool of the type "small"; what follows is about the last one added.
  FleetCluster& pool(const std::string& name, std::int64_t max = 20, std::int64_t min = 0) {
    FleetPool made;
    made.name = name;
    made.max = max;
    made.min = min;
    made.types = {{"small", 1, 1000, 1000, 0}};
    made.shrunk_at = kFleetNoon - 1h;
    snapshot.pools.push_back(made);
    return *this;
  }
  FleetPool& last_pool() { return snapshot.pools.back(); }

  FleetCluster& spot() {
    last_pool().spot = true;
    return *this;
  }
  FleetCluster& low_for(Duration time) {
    last_pool().low_since = kFleetNoon - time;
    return *this;
  }

  // An ACTIVE instance of the last pool with so much CPU and memory booked by one service task that may move.
  FleetInstance& instance(std::int64_t cpu_used, std::int64_t memory_used, const std::string& zone = "a") {
    FleetInstance made;
    made.arn = fmt::format("instance-{}", snapshot.instances.size() + 1);
    made.ec2_id = fmt::format("i-{}", snapshot.instances.size() + 1);
    made.pool = snapshot.pools.empty() ? "" : last_pool().name;
    made.type = "small";
    made.zone = zone;
    made.registered_at = kFleetNoon - 24h;
    made.cpu = made.memory = 1000;
    made.cpu_left = 1000 - cpu_used;
    made.memory_left = 1000 - memory_used;
    made.attributes = {{"ecs.instance-type", "small"}, {"ecs.availability-zone", zone}};
    made.placed.emplace();
    if (cpu_used > 0 || memory_used > 0) {
      made.tasks = 1;
      made.placed->push_back({"task-on-" + made.arn, need(cpu_used, memory_used), true, false});
    }
    if (!snapshot.pools.empty()) {
      ++last_pool().target;
      ++last_pool().fulfilled;
    }
    snapshot.instances.push_back(std::move(made));
    return snapshot.instances.back();
  }

  FleetCluster& instances(int count, std::int64_t cpu_used, std::int64_t memory_used) {
    for (int i = 0; i < count; ++i) instance(cpu_used, memory_used);
    return *this;
  }

  FleetInstance& draining(std::int64_t cpu_used, std::int64_t memory_used, Duration since = 1min) {
    FleetInstance& made = instance(cpu_used, memory_used);
    made.state = InstanceState::draining;
    made.drained_at = kFleetNoon - since;
    return made;
  }

  FleetCluster& booting(Duration since = 1min) {
    last_pool().booting.push_back(
        {fmt::format("i-booting-{}", last_pool().booting.size()), "small", "a", kFleetNoon - since});
    ++last_pool().target;
    ++last_pool().fulfilled;
    return *this;
  }

  // A service that misses `missing` tasks, for a minute by now.
  FleetService& service(const std::string& name, std::int64_t missing, TaskNeed of, Duration since = 1min) {
    FleetService made;
    made.name = name;
    made.desired = missing + 2;
    made.running = 2;
    made.need = std::move(of);
    if (missing > 0) made.short_since = kFleetNoon - since;
    snapshot.services.push_back(made);
    return snapshot.services.back();
  }

  WaitingJob& job(const std::string& id, TaskNeed of, const std::string& pool = "", Duration silent = 1s) {
    WaitingJob made;
    made.id = id;
    made.pool = pool;
    made.need = std::move(of);
    made.first_heard = kFleetNoon - 1min;
    made.last_heard = kFleetNoon - silent;
    snapshot.jobs.push_back(std::move(made));
    return snapshot.jobs.back();
  }

  static TaskNeed need(std::int64_t cpu, std::int64_t memory) {
    TaskNeed made;
    made.cpu = cpu;
    made.memory = memory;
    return made;
  }

  [[nodiscard]] FleetDecision decide(TimePoint now = kFleetNoon) const {
    return decide_size(snapshot, policy, now);
  }
};

}  // namespace hakoban
