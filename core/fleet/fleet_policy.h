// How an operator wants a cluster to be sized.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/fleet/fleet_snapshot.h"

namespace hakoban {

enum class HeadroomKind {
  percentage,    // of the pool's CPU and of its memory stays free
  instances,     // as much CPU and memory as this many of the pool's instances have stays free
  largest_task,  // room for this many more of the largest task known
};

struct Headroom {
  HeadroomKind kind = HeadroomKind::percentage;
  double amount = 0;

  bool operator==(const Headroom&) const = default;
};

// Other limits at some hours, such as lunch and dinner time of a recipe site.
struct Schedule {
  unsigned days = 0b1111111;  // bit 0: Sunday
  std::chrono::minutes from{0};
  std::chrono::minutes to{
      24h};  // of the local day; before `from`: over midnight, and the day is that of `from`
  std::optional<std::int64_t> min;
  std::optional<std::int64_t> max;
  std::optional<Headroom> headroom;

  bool operator==(const Schedule&) const = default;
};

struct PoolPolicy {
  double out_above = 0.80;          // reservation of CPU or memory, 0 to 1
  double in_below = 0.65;           // both must be under it …
  Duration in_after = 10min;        // … for so long
  Duration in_cooldown = 1min;      // since the pool last grew or shrank
  Duration out_cooldown = 0s;       // between two growths; instances on their way are counted in any case
  std::int64_t step_out = 50;       // units, of one decision
  std::int64_t step_in = 1;         // instances that may leave at the same time …
  double step_in_share = 0.05;      // … or this share of the pool's hosts, 0 to 1, if that is more
  std::optional<std::int64_t> min;  // narrower than the pool's own
  std::optional<std::int64_t> max;
  std::int64_t zone_difference =
      1;  // most that a removal may leave between two zones; 0: zones do not matter
  Headroom headroom;
  std::vector<Schedule> schedules;  // the first that holds now counts

  bool operator==(const PoolPolicy&) const = default;
};

// Spot vanishes suddenly, so it keeps more room.
[[nodiscard]] PoolPolicy default_spot_policy();

struct FleetPolicy {
  PoolPolicy on_demand;
  PoolPolicy spot = default_spot_policy();
  Duration stale_after = 60s;          // an observation older than that is none
  Duration short_grace = 15s;          // a service may be short for so long: ECS is about to place
  Duration job_silence = 30s;          // a waiting job not heard of for so long is placed or given up
  Duration stuck_after = 1min;         // what waits for so long beside room needs more than we were told
  Duration launch_timeout = 3min;      // a pool that owes units for longer is not counted upon
  Duration boot_timeout = 10min;       // an instance that has not registered by then is not waited for
  Duration agent_grace = 2min;         // ECS agents reconnect several times an hour
  Duration drain_timeout = 30min;      // a host that has not emptied by then goes back to work …
  Duration drain_again_after = 6h;     // … for at least so long
  Duration foresight = 5min;           // room is made so long before demand rose an hour or a day ago; 0: not
  std::chrono::minutes utc_offset{0};  // of the schedules' clock

  [[nodiscard]] const PoolPolicy& of(const FleetPool& pool) const { return pool.spot ? spot : on_demand; }

  bool operator==(const FleetPolicy&) const = default;
};

// The limits that hold now.
struct PoolBounds {
  std::int64_t min = 0;
  std::int64_t max = 0;
  Headroom headroom;
};

[[nodiscard]] PoolBounds bounds_at(const FleetPool& pool, const FleetPolicy& policy, TimePoint now);

// Whether the schedule holds at this local time.
[[nodiscard]] bool holds_at(const Schedule& schedule, TimePoint local);

}  // namespace hakoban
