// How a drain spends its time.
#pragma once

#include <string>
#include <vector>

#include "core/termination/health_polls.h"
#include "core/termination/notice_policy.h"
#include "core/time.h"

namespace hakoban {

struct DrainPolicy {
  NoticePolicy notices;
  HealthPolls polls;

  // Kept free before the deadline to ship what stopped tasks have left in their logs.
  Duration log_reserve = 10s;
  // Kept free on top, for slow answers and clocks that differ.
  Duration margin = 3s;
  // Of a container whose task definition gives none: the ECS agent's ECS_CONTAINER_STOP_TIMEOUT.
  Duration default_stop_timeout = 30s;
  // How long stops wait for DRAINING to be accepted. Without it ECS may place a new task here, which is a
  // smaller evil than a task that cannot finish. A gentle drain waits as long for the instance's status
  // before.
  Duration draining_patience = 10s;
  // A service task behind no load balancer waits this long after DRAINING: nothing has to end here first, but
  // ECS has begun a replacement elsewhere and clients of service discovery see it go.
  Duration service_grace = 15s;
  // One with an instance in service discovery (Cloud Map, Service Connect) waits this long after it was
  // removed there: the TTL of its records.
  Duration discovery_grace = 30s;
  // A task of unknown kind waits this long after the notice for the API to tell more.
  Duration unknown_grace = 30s;
  // A task with targets that has no time to wait for them is still given this long (at most a tenth of the
  // whole time) between deregistration and SIGTERM, since every node of a load balancer has to hear of it.
  Duration least_balancer_wait = 10s;
  // A gentle drain that has to take a task out itself begins this long, at most, before its latest time.
  Duration longest_balancer_wait = 330s;
  // First wait after a failed call; doubles with each failure, jittered by a half.
  Duration retry_first = 200ms;
  Duration retry_most = 5s;
  // After so many failures of StopTask in a row a task is stopped through the Docker engine; and after so
  // many of them that were throttled: its quota is also that of every other host's DRAINING.
  int stop_task_tries = 4;
  int stop_task_throttles = 1;
  // A deadline that is over or near when first seen: go on for this long all the same, EC2 is often late.
  Duration least_effort = 30s;
  // A drain without a final deadline (protected tasks, an operator's request) ends at last this long after
  // its deadline: the longest that scale-in protection and a lifecycle hook can last.
  Duration longest_wait = 48h;
  // A task missing from the host view this long has ended. (One seen with all containers exited has ended at
  // once.) The first views after a restart may be incomplete.
  Duration gone_after = 3s;
  // The logs count as shipped once nothing was left for this long after the last task ended.
  Duration log_settle = 1s;
  // A gentle drain waits for logs until its deadline, and at least this long.
  Duration log_patience = 10min;
  // The same notice within this time of the deadline of a finished drain is that drain's, not a new one.
  Duration repeat_window = 10min;
  // A hard notice that is withdrawn counts as over this long after its deadline: the host was stopped and
  // started again, or EC2 changed its mind. Before that, metadata that forgets it is not believed.
  Duration survival_grace = 2min;
  // Between two looks at the scale-in protection of tasks that would be forced otherwise.
  Duration protection_poll = 30s;
  // The group's lifecycle hooks that are completed when the drain is over. Empty: the only hook of its kind,
  // ECS's own (managed draining) left aside.
  std::vector<std::string> lifecycle_hooks;
  // Sent to tasks that wish for it (OnInterruption::notify).
  std::string notify_signal = "SIGUSR1";
};

}  // namespace hakoban
