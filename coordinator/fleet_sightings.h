// All that the observers have seen, and how it becomes the snapshot that sizing decides on. Pure: no clock,
// no calls.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/fleet/fleet_snapshot.h"
#include "platform/aws/ec2_catalog.h"
#include "platform/aws/ecs_fleet.h"
#include "platform/aws/pools.h"

namespace hakoban {

// On a container instance, since when a coordinator drains it to shrink its pool; RFC 3339.
inline constexpr const char* kDrainedAt = "hakoban.drained-at";
// On a container instance, since when a coordinator drains it because it leaves and no agent does.
inline constexpr const char* kTakenOverAt = "hakoban.taken-over-at";
// On a container instance whose weight was taken off its pool's target already.
inline constexpr const char* kReleasedAt = "hakoban.released-at";
// On a pool: when a coordinator last let it grow or shrink; RFC 3339.
inline constexpr const char* kGrownAtTag = "hakoban:grown-at";
inline constexpr const char* kShrunkAtTag = "hakoban:shrunk-at";
// On a pool, an attribute that its instances register with: "hakoban:attribute:stack" = "blue".
inline constexpr const char* kAttributeTag = "hakoban:attribute:";

// Whether a container instance's attribute is kept: its agent's capabilities, dozens a host, are not; no
// placement constraint asks for them.
[[nodiscard]] bool worth_telling(const std::string& attribute);

struct SeenService {
  EcsServiceStatus status;
  std::optional<TaskNeed> need;  // of its definition alone; nothing: it could not be read
  TimePoint at;                  // when this one was looked at
};

struct SeenPool {
  PoolKind kind = PoolKind::auto_scaling_group;
  PoolStatus status;
  Ec2LaunchTemplate launch_template;  // of PoolStatus::launch_template
};

// What this coordinator did, for as long as observations may not show it yet.
struct OwnTarget {
  std::int64_t target = 0;
  TimePoint at;
};
struct OwnStatus {
  bool draining = false;
  std::string attribute;  // kDrainedAt or kTakenOverAt; "" with ACTIVE
  TimePoint at;
};

struct FleetSightings {
  std::string cluster;
  TimePoint instances_at;  // when the look began; the epoch: never
  TimePoint services_at;
  TimePoint pools_at;
  std::vector<EcsInstance> instances;
  std::vector<SeenService> services;
  std::vector<SeenPool> pools;                            // in the order of the settings
  std::map<std::string, Ec2Machine> machines;             // by EC2 id
  std::map<std::string, Ec2Type> types;                   // by name
  std::map<std::string, std::vector<PlacedTask>> placed;  // by container instance ARN
  std::map<std::string, TimePoint> reclaimed;             // by EC2 id, when it was told
  std::map<std::string, TimePoint> placement_failed;      // by service, when ECS last said so
  std::vector<WaitingJob> jobs;
  std::map<std::string, std::string> problems;  // by part

  std::map<std::string, OwnTarget> own_targets;       // by pool
  std::map<std::string, OwnStatus> own_statuses;      // by container instance ARN
  std::map<std::string, TimePoint> own_terminations;  // by EC2 id
};

[[nodiscard]] FleetSnapshot assemble(const FleetSightings& seen);

// Forgets what later observations show by themselves, or what is long over.
void forget_old(FleetSightings& seen, TimePoint now);

// The part of a machine's memory that its ECS agent registers, when no instance of the type has shown it: the
// kernel takes some. Karpenter's default (VM_MEMORY_OVERHEAD_PERCENT, 7.5 %).
[[nodiscard]] std::int64_t registered_memory(std::int64_t machine_mib);

}  // namespace hakoban
