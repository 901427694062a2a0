// What sizing decided, and why.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace hakoban {

struct PoolDecision {
  std::string pool;
  std::int64_t current = 0;  // units, the pool's target as it was seen
  std::int64_t target = 0;   // units; equal to `current`: as it is. What terminations take off is not in it
  std::vector<std::string> undrain;    // container instance ARNs to set ACTIVE again
  std::vector<std::string> gave_up;    // of those: because they did not empty in time
  std::vector<std::string> drain;      // to set DRAINING
  std::vector<std::string> terminate;  // DRAINING and empty: to terminate, the target lowered with each
  double cpu_reservation = 0;          // booked share over the pool's ACTIVE instances, 0 to 1
  double memory_reservation = 0;
  std::int64_t in_flight = 0;        // units on their way that were counted as room
  std::vector<std::string> reasons;  // for what is done
  std::vector<std::string> limits;   // that made it less than wanted
  std::vector<std::string> refused;  // what was thought of and not done, and why

  [[nodiscard]] bool acts() const {
    return target != current || !undrain.empty() || !drain.empty() || !terminate.empty();
  }
  bool operator==(const PoolDecision&) const = default;
};

struct FleetDecision {
  std::string hold;                  // not "": nothing may be done, and why
  std::vector<PoolDecision> pools;   // as in the snapshot
  std::vector<std::string> look_at;  // container instances whose tasks sizing wants to know of next time
  std::vector<std::string> refused;  // demands that no pool can meet, and why
  std::vector<std::string>
      beside_room;               // services and jobs that ECS fails although room was seen (FleetMarks)
  std::int64_t short_tasks = 0;  // tasks that services miss beyond their grace
  std::int64_t waiting_jobs = 0;
  std::int64_t without_room = 0;  // of both, those for which no instance, not even one on its way, has room

  [[nodiscard]] bool acts() const {
    for (const auto& pool : pools)
      if (pool.acts()) return true;
    return false;
  }
  bool operator==(const FleetDecision&) const = default;
};

}  // namespace hakoban
