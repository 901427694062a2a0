// Since when something has been so: what a snapshot alone cannot tell. It is kept in memory only; a
// coordinator that begins anew waits out the full times before it shrinks anything, which is the safe side.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "core/fleet/fleet_policy.h"
#include "core/fleet/fleet_snapshot.h"

namespace hakoban {

class FleetMarks {
 public:
  // Nothing shrinks for a cooldown after `began`.
  explicit FleetMarks(TimePoint began) : began_(began) {}

  // Fills in the snapshot's since-whens: short_since of services, low_since, unlaunched_since, grown_at and
  // shrunk_at of pools, since of booting instances. For each new observation, once. After a gap longer than
  // the policy's stale_after, lows begin anew.
  void apply(FleetSnapshot& snapshot, const FleetPolicy& policy, TimePoint now);

  void grew(const std::string& pool, TimePoint when) { grown_[pool] = when; }
  void shrank(const std::string& pool, TimePoint when) { shrunk_[pool] = when; }

 private:
  using Since = std::map<std::string, TimePoint>;

  void mark_services(FleetSnapshot& snapshot, TimePoint now);
  void mark_pools(FleetSnapshot& snapshot, const FleetPolicy& policy, TimePoint now);
  void mark_booting(FleetSnapshot& snapshot, TimePoint now);

  TimePoint began_;
  std::optional<TimePoint> last_;
  Since short_;
  Since low_;
  Since unlaunched_;
  Since booting_;
  Since grown_;
  Since shrunk_;
};

}  // namespace hakoban
