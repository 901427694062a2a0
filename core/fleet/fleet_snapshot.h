// A cluster and the pools that feed it, as seen at one moment: all that sizing may know. Plain values. CPU is
// in units (1024: one vCPU), memory in MiB, as ECS books them.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/time.h"

namespace hakoban {

// What one task needs of a container instance.
struct TaskNeed {
  std::int64_t cpu = 0;
  std::int64_t memory = 0;
  std::int64_t gpus = 0;
  std::vector<std::uint16_t> ports;  // fixed host ports, tcp; dynamic ones need none
  std::vector<std::uint16_t> udp_ports;
  std::vector<std::string> constraints;  // memberOf expressions: all must hold
  bool distinct_instance = false;        // no two tasks of the service on one instance

  auto operator<=>(const TaskNeed&) const = default;
};

// A task that runs on an instance which sizing asked about (FleetDecision::look_at).
struct PlacedTask {
  std::string arn;
  TaskNeed need;
  bool moves = false;   // a service's: ECS starts it elsewhere. Else it is waited for
  bool daemon = false;  // ends with its host

  bool operator==(const PlacedTask&) const = default;
};

enum class InstanceState { active, draining, other };

struct FleetInstance {
  std::string arn;  // of the container instance
  std::string ec2_id;
  std::string pool;  // FleetPool::name; "": of none that we size
  std::string type;
  std::string zone;
  InstanceState state = InstanceState::active;
  bool connected = true;                        // its ECS agent: without it nothing can be placed
  std::optional<TimePoint> disconnected_since;  // without a break since then
  bool leaving = false;                         // reclaimed or terminating: never room, never a candidate
  bool protected_from_scale_in = false;         // the Auto Scaling group's own protection
  std::optional<TimePoint> drained_at;  // DRAINING since then to shrink, by a coordinator: may be undone
  std::optional<TimePoint> stayed_at;   // it drained in vain, and was called back then
  std::optional<TimePoint> registered_at;
  std::int64_t cpu = 0;  // registered
  std::int64_t memory = 0;
  std::int64_t gpus = 0;
  std::int64_t cpu_left = 0;
  std::int64_t memory_left = 0;
  std::int64_t gpus_left = 0;
  std::vector<std::uint16_t> ports;  // taken
  std::vector<std::uint16_t> udp_ports;
  std::int64_t tasks = 0;  // running and pending
  std::map<std::string, std::string> attributes;
  std::optional<std::vector<PlacedTask>> placed;  // nothing: not asked about yet

  bool operator==(const FleetInstance&) const = default;
};

struct FleetService {
  std::string name;
  bool daemon = false;
  std::int64_t desired = 0;
  std::int64_t running = 0;
  std::int64_t pending = 0;
  std::optional<TaskNeed> need;          // nothing: its task definition could not be read
  std::optional<TimePoint> short_since;  // desired > running + pending without a break since then
  bool placement_failed = false;         // ECS itself said so since then: SERVICE_TASK_PLACEMENT_FAILURE
  std::optional<TimePoint> room_since;   // although there seemed to be room, ever since then

  bool operator==(const FleetService&) const = default;
};

// A RunTask that found no room and that its caller keeps trying.
struct WaitingJob {
  std::string id;    // hako_task_id
  std::string pool;  // the only one that will do; "": any
  TaskNeed need;
  TimePoint first_heard;
  TimePoint last_heard;
  Duration every = 10s;                 // how often its caller says so
  std::optional<TimePoint> room_since;  // although there seemed to be room, ever since then

  bool operator==(const WaitingJob&) const = default;
};

struct PoolType {
  std::string name;
  std::int64_t weight = 1;  // of one instance in the pool's units
  std::int64_t cpu = 0;     // what such an instance registers; 0: not known
  std::int64_t memory = 0;
  std::int64_t gpus = 0;

  bool operator==(const PoolType&) const = default;
};

// An instance that the pool has, but that has not registered with the cluster yet.
struct BootingInstance {
  std::string ec2_id;
  std::string type;
  std::string zone;
  TimePoint since;

  bool operator==(const BootingInstance&) const = default;
};

enum class PoolKind { auto_scaling_group, spot_fleet };

// Capacity is counted in units: one an instance, or the type's weight.
struct FleetPool {
  std::string name;
  PoolKind kind = PoolKind::auto_scaling_group;
  bool spot = false;
  std::int64_t target = 0;     // desired capacity
  std::int64_t fulfilled = 0;  // of instances that exist, whatever their state
  std::int64_t leaving = 0;    // of `fulfilled`: on instances reclaimed or terminating
  std::int64_t min = 0;
  std::int64_t max = 0;
  std::vector<PoolType> types;
  std::vector<std::string> zones;
  std::map<std::string, std::string> attributes;  // custom ones that each of its instances registers with
  std::vector<BootingInstance> booting;
  std::optional<TimePoint> unlaunched_since;  // owes units since then, and launches none
  // What demand rose by within the policy's foresight from this time on, an hour or a day ago.
  std::int64_t rise_cpu = 0;
  std::int64_t rise_memory = 0;
  std::optional<TimePoint> low_since;  // reservation under the low threshold without a break since then
  std::optional<TimePoint> grown_at;
  std::optional<TimePoint> shrunk_at;  // or when this coordinator began, whichever is later

  bool operator==(const FleetPool&) const = default;
};

struct FleetSnapshot {
  std::string cluster;
  // When each part was last seen whole; the epoch: never.
  TimePoint instances_at;
  TimePoint services_at;
  TimePoint pools_at;
  std::vector<FleetInstance> instances;
  std::vector<FleetService> services;
  std::vector<FleetPool> pools;  // in the order in which they are to grow
  std::vector<WaitingJob> jobs;
  std::vector<std::string> problems;  // why a part was not seen lately, for people

  bool operator==(const FleetSnapshot&) const = default;
};

// How decisions and marks speak of them: "service web", "job 5f1c…".
[[nodiscard]] inline std::string service_name(const FleetService& service) {
  return "service " + service.name;
}
[[nodiscard]] inline std::string job_name(const WaitingJob& job) {
  return "job " + job.id;
}

}  // namespace hakoban
