// A cluster in a few numbers: what an operator asks first, and what sizing will start from.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "platform/aws/ecs_fleet.h"

namespace hakoban {

struct ShortService {
  std::string name;
  std::int64_t missing = 0;  // desired − running − pending
  std::string last_event;    // ECS's own words, such as "… was unable to place a task because …"

  bool operator==(const ShortService&) const = default;
};

struct ClusterSummary {
  std::int64_t active = 0;
  std::int64_t draining = 0;
  std::int64_t other = 0;         // REGISTERING, DEREGISTERING, …
  std::int64_t disconnected = 0;  // ACTIVE, but their ECS agent is not connected
  std::int64_t running_tasks = 0;
  std::int64_t pending_tasks = 0;
  // Booked shares (0 to 1) over ACTIVE instances; 0 without any.
  double cpu_reservation = 0;
  double memory_reservation = 0;
  std::int64_t services = 0;
  std::vector<ShortService> short_services;  // in order of name

  bool operator==(const ClusterSummary&) const = default;
};

[[nodiscard]] ClusterSummary summarize(const std::vector<EcsInstance>& instances,
                                       const std::vector<EcsServiceStatus>& services);

}  // namespace hakoban
