// Since when something has been so: what a snapshot alone cannot tell. It is kept in memory only; a
// coordinator that begins anew waits out the full times before it shrinks anything, which is the safe side.
// What the observer knows better (from tags, from launch times) it fills in before, and it is kept.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "core/fleet/demand_history.h"
#include "core/fleet/fleet_decision.h"
#include "core/fleet/fleet_policy.h"
#include "core/fleet/fleet_snapshot.h"

namespace hakoban {

class FleetMarks {
 public:
  // Nothing shrinks for a cooldown after `began`.
  explicit FleetMarks(TimePoint began) : began_(began) {}

  // Fills in the snapshot's since-whens: of services short_since and room_since, of jobs room_since, of pools
  // low_since, unlaunched_since, rise, grown_at and shrunk_at (the latest known), of booting instances since,
  // of instances disconnected_since and stayed_at. For each new observation, once. After a gap longer than
  // the policy's stale_after, lows begin anew.
  void apply(FleetSnapshot& snapshot, const FleetPolicy& policy, TimePoint now);

  // What was decided on that snapshot: who waits beside room.
  void note(const FleetDecision& decision, TimePoint now);

  void grew(const std::string& pool, TimePoint when) { grown_[pool] = when; }
  void shrank(const std::string& pool, TimePoint when) { shrunk_[pool] = when; }
  // A host of FleetDecision's gave_up went back to work. By its container instance ARN.
  void stayed(const std::string& instance, TimePoint when) { stayed_[instance] = when; }

 private:
  using Since = std::map<std::string, TimePoint>;

  void mark_services(FleetSnapshot& snapshot, TimePoint now);
  void mark_instances(FleetSnapshot& snapshot, TimePoint now);
  void mark_pools(FleetSnapshot& snapshot, const FleetPolicy& policy, TimePoint now);
  void mark_booting(FleetSnapshot& snapshot, TimePoint now);
  void mark_rises(FleetSnapshot& snapshot, const FleetPolicy& policy, TimePoint now);

  TimePoint began_;
  std::optional<TimePoint> last_;
  Since short_;
  Since beside_room_;
  Since disconnected_;
  Since stayed_;
  Since low_;
  Since unlaunched_;
  std::map<std::string, std::int64_t> fulfilled_;  // when last seen
  Since booting_;
  std::map<std::string, DemandHistory> demand_;
  Since grown_;
  Since shrunk_;
};

}  // namespace hakoban
