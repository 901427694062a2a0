// Decides how a host leaves the cluster. Pure: facts and `now` come in, the plan goes out.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/host/host_view.h"
#include "core/termination/drain_policy.h"
#include "core/termination/notice.h"

namespace hakoban {

// A task as the planner sees it.
struct RunningTask {
  std::string arn;
  std::string cluster;  // the name
  std::string name;     // its service, else its family: for people
  TaskKind kind = TaskKind::unknown;
  Duration stop_timeout{};          // the longest of its running containers
  bool stop_timeout_known = false;  // false: the agent's default stands in
  std::vector<TargetRef> targets;
  bool behind_classic_elb = false;
  bool own = false;

  bool operator==(const RunningTask&) const = default;
};

[[nodiscard]] RunningTask running_task(const TaskView& task, const DrainPolicy& policy);

// Whether a task of the host view may still run or come to run.
[[nodiscard]] bool still_running(const TaskView& task);

// When a task may be stopped before its latest time.
enum class StopRule {
  at_once,            // as soon as the instance is DRAINING
  after_targets_out,  // as soon as the load balancers have let go of all its targets
  after_grace,        // a while after DRAINING
  after_others,       // as soon as all but daemons and the own task have ended (and its targets are out)
  at_latest,          // not before
  never,              // this agent's own task
};

[[nodiscard]] std::string_view name_of(StopRule rule);

struct PlannedStop {
  RunningTask task;
  StopRule rule = StopRule::at_once;
  TimePoint latest;  // when it must be told to stop, whatever else stands; may be past
  bool fits = true;  // told to stop by `latest`, its whole stop timeout fits before the logs' reserve
};

struct DrainPlan {
  TimePoint deadline;
  TimePoint stopped_by;               // every task ended: deadline − log reserve
  std::vector<TargetRef> deregister;  // at once; in order, each once
  std::vector<PlannedStop> stops;     // in the order in which their latest times come, daemons last

  // Those whose stop timeout does not fit into what is left.
  [[nodiscard]] std::vector<std::string> too_long() const;
};

// When all must be over: the notice's deadline, or the default budget after it was seen.
[[nodiscard]] TimePoint deadline_of(const Notice& notice, const DrainPolicy& policy);

// The rules, by kind:
// - own: never.
// - daemon: last, since logging and metrics sidecars of the host serve the others to their end.
// - any task with targets: when they are out, whatever its kind.
// - behind a classic load balancer: at its latest, which gives ECS's own draining the most time.
// - service without any: after a grace.
// - batch: at once; all its time is for its own clean-up.
// - unknown: the API has not answered, so neither its targets nor its stop timeout are sure. Stopped at once,
//   a web task would drop requests; stopped at its latest, one with a long stop timeout would be killed in
//   the middle. So it waits a bounded time for an answer, while ECS's own draining already works on it.
// `terminate`, `stop` and `hibernate` are one: in all of them the tasks do not come back.
[[nodiscard]] DrainPlan plan_drain(const Notice& notice, const std::vector<RunningTask>& tasks,
                                   const DrainPolicy& policy, TimePoint now);

}  // namespace hakoban
