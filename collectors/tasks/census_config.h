// Settings of the census.
#pragma once

#include <cstddef>

#include "core/time.h"

namespace hakoban {

struct CensusConfig {
  // The shortest time between two published views: a burst of Docker events becomes one.
  Duration coalesce = 20ms;
  // Docker is listed again this often, in case an event was missed.
  Duration relist_interval = 60s;
  // Containers inspected side by side.
  std::size_t parallel_inspects = 4;
  // Between two reads of the ECS agent's introspection.
  Duration introspection_interval = 5s;
  // How long a new task waits for others, so that one call asks about all of them.
  Duration settle = 750ms;
  // Between two DescribeTasks of tasks that are known already.
  Duration task_interval = 5min;
  // Between two reads of the services of the tasks here. All hosts of the account share 20 calls a second.
  Duration service_interval = 5min;
  // Between two reads of their target groups (type, deregistration delay): one call and one a group, and the
  // account has ten a second.
  Duration target_group_interval = 30min;
  // Between two tries of what fails: doubling from the first to the longest, jittered.
  Duration first_retry = 1s;
  Duration longest_retry = 60s;
  // Task definitions kept; those of tasks that are here are kept whatever their number.
  std::size_t kept_definitions = 256;
};

}  // namespace hakoban
