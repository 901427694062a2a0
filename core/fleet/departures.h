// Hosts that leave: reclaimed by EC2, or held by their group's lifecycle hook on their way out. The agent on
// the host sees to it; where none answers, the coordinator does.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/time.h"

namespace hakoban {

enum class DepartureKind {
  reclaimed,  // an EC2 spot interruption warning: two minutes, nothing holds it
  held,       // Terminating:Wait: goes on when its hook is completed, or at the heartbeat's time-out
};

// One that leaves, as it is seen now.
struct Departure {
  std::string ec2_id;
  std::string pool;
  DepartureKind kind = DepartureKind::reclaimed;
  TimePoint since;                        // first heard or seen
  std::string instance_arn;               // "": not registered with the cluster
  bool draining = false;                  // DRAINING already: its agent, or a coordinator, has begun
  bool ours = false;                      // a coordinator set it DRAINING because no agent did
  std::int64_t tasks = 0;                 // running and pending
  bool standalone_stopped = false;        // those of its tasks that are no service's were asked to stop
  bool all_stopped = false;               // and the others, too
  std::optional<TimePoint> heartbeat_at;  // the last that we sent
  Duration heartbeat_timeout{1h};         // of its hook

  bool operator==(const Departure&) const = default;
};

struct DeparturePolicy {
  Duration spot_grace = 10s;       // the agent has so long to set its host DRAINING
  Duration hook_grace = 60s;       // and so long to complete its hook once nothing runs there
  Duration notice = 2min;          // from the warning to the reclaim
  Duration stop_reserve = 40s;     // before the reclaim, service tasks that still run are stopped
  Duration drain_timeout = 30min;  // a held host that has not emptied by then is let go

  bool operator==(const DeparturePolicy&) const = default;
};

enum class DepartureStep {
  wait,             // the agent's turn, or ECS's
  drain,            // set it DRAINING
  stop_standalone,  // its tasks that are no service's: ECS never stops those by itself
  stop_all,         // what still runs there
  heartbeat,        // hold it for longer
  complete,         // let it go
  forget,           // there is nothing left to do
};

struct DepartureDecision {
  DepartureStep step = DepartureStep::wait;
  std::string reason;

  bool operator==(const DepartureDecision&) const = default;
};

// Pure: the next step for this host. At most one a turn; the turn after sees what came of it.
[[nodiscard]] DepartureDecision decide_departure(const Departure& departure, const DeparturePolicy& policy,
                                                 TimePoint now);

}  // namespace hakoban
