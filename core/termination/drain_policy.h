// How a drain spends its time.
#pragma once

#include "core/time.h"

namespace hakoban {

struct DrainPolicy {
  // Kept free before the deadline to ship what stopped tasks have left in their logs.
  Duration log_reserve = 10s;
  // Kept free on top, for slow answers and clocks that differ.
  Duration margin = 3s;
  // Of a container whose task definition gives none: the ECS agent's ECS_CONTAINER_STOP_TIMEOUT.
  Duration default_stop_timeout = 30s;
  // For a notice without a deadline: EC2's two minutes.
  Duration default_budget = 120s;
  // How long stops wait for DRAINING to be accepted. Without it ECS may place a new task here, which is a
  // smaller evil than a task that cannot finish.
  Duration draining_patience = 10s;
  // A service task behind no load balancer waits this long after DRAINING: nothing has to end here first, but
  // ECS has begun a replacement elsewhere and clients of service discovery see it go.
  Duration service_grace = 15s;
  // A task of unknown kind waits this long after the notice for the API to tell more.
  Duration unknown_grace = 30s;
  // A task with targets that has no time to wait for them is still given this long (at most a tenth of the
  // whole time) between deregistration and SIGTERM, since every node of a load balancer has to hear of it.
  Duration least_balancer_wait = 10s;
  // Between two looks at the targets of one group, jittered by a quarter. Five times that once all are out.
  Duration health_poll = 1s;
  // First wait after a failed call; doubles with each failure, jittered by a half.
  Duration retry_first = 200ms;
  Duration retry_most = 5s;
  // A deadline that is over or near when first seen: go on for this long all the same, EC2 is often late.
  Duration least_effort = 30s;
  // A task missing from the host view this long has ended. (One seen with all containers exited has ended at
  // once.) The first views after a restart may be incomplete.
  Duration gone_after = 3s;
  // The logs count as shipped once nothing was left for this long after the last task ended.
  Duration log_settle = 1s;
  // The same notice within this time of the deadline of a finished drain is that drain's, not a new one.
  Duration repeat_window = 10min;
};

}  // namespace hakoban
