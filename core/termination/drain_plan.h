// Decides how a host leaves the cluster. Pure: facts and `now` come in, the plan goes out.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/termination/drain_policy.h"
#include "core/termination/notice_policy.h"
#include "core/termination/running_task.h"

namespace hakoban {

// All that the notices of a drain come to.
struct DrainTerms {
  Manner manner = Manner::hard;
  TimePoint since;                          // the first sight of the notice that made it this manner
  TimePoint deadline;                       // the earliest
  std::optional<TimePoint> final_deadline;  // the earliest after which the host is gone whatever happens

  bool operator==(const DrainTerms&) const = default;
};

// Of a drain for this notice alone.
[[nodiscard]] DrainTerms drain_terms(const Notice& notice, const DrainPolicy& policy);

// When a task may be stopped before its latest time.
enum class StopRule {
  at_once,            // as soon as the instance is DRAINING
  after_targets_out,  // as soon as the load balancers have let go of all its targets
  after_grace,        // a while after DRAINING and after it left service discovery
  after_others,       // as soon as all but daemons and the own task have ended (and its targets are out)
  at_latest,          // not before
  never,              // this agent's own task; a protected one while the host is not sure to go; a mark
};

[[nodiscard]] std::string_view name_of(StopRule rule);

struct PlannedStop {
  RunningTask task;
  StopRule rule = StopRule::at_once;
  // When its targets are deregistered and its discovery instances removed. Hard: at once. Gentle: ECS does so
  // by itself when it moves the task; if it has not, early enough for the deregistration delay.
  TimePoint take_out_at;
  TimePoint latest;   // when it must be told to stop, whatever else stands; may be past; max() for `never`
  bool fits = true;   // told to stop by `latest`, its whole stop timeout fits before the logs' reserve
  bool held = false;  // protected from scale-in, and spared for it

  bool operator==(const PlannedStop&) const = default;
};

struct DrainPlan {
  TimePoint deadline;
  TimePoint stopped_by;               // every task ended: deadline − log reserve
  std::vector<TargetRef> deregister;  // those due now; in order, each once
  std::vector<PlannedStop> stops;     // in the order in which their latest times come, daemons last

  // Those whose stop timeout does not fit into what is left.
  [[nodiscard]] std::vector<std::string> too_long() const;
};

// The rules of a hard drain, by kind:
// - own: never.
// - daemon: last, since logging and metrics sidecars of the host serve the others to their end.
// - any task with targets: when they are out, whatever its kind.
// - behind a classic load balancer that cannot be left: at its latest, which gives ECS's own draining the
// most
//   time.
// - service without any: after a grace.
// - batch: at once; all its time is for its own clean-up.
// - unknown: the API has not answered, so neither its targets nor its stop timeout are sure. Stopped at once,
//   a web task would drop requests; stopped at its latest, one with a long stop timeout would be killed in
//   the middle. So it waits a bounded time for an answer, while ECS's own draining already works on it.
// What the owner wishes (OnInterruption) goes before the kind.
//
// A gentle drain leaves services to ECS and lets batch tasks run: all of them have until their latest times.
// Tasks named in `protected_tasks` (scale-in protection) are spared until the final deadline, if there is
// one. `terminate`, `stop` and `hibernate` are one: in all of them the tasks do not come back.
[[nodiscard]] DrainPlan plan_drain(const DrainTerms& terms, const std::vector<RunningTask>& tasks,
                                   const std::vector<std::string>& protected_tasks, const DrainPolicy& policy,
                                   TimePoint now);

}  // namespace hakoban
