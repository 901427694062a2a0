// A task as the planner sees it.
#pragma once

#include <compare>
#include <string>
#include <string_view>
#include <vector>

#include "core/host/host_view.h"
#include "core/termination/drain_policy.h"

namespace hakoban {

// What the owner of a task wants to happen when its host goes: the docker label or task tag
// `hakoban.on-interruption`, the label first. `hakoban.on-interruption-signal` may name the signal.
enum class OnInterruption {
  by_kind,             // nothing said
  stop,                // at once (once it is out of its load balancers)
  run_until_deadline,  // at the latest moment that leaves its stop timeout
  notify,              // a signal at once, then as run_until_deadline (a service task: as its kind)
};

[[nodiscard]] std::string_view name_of(OnInterruption wish);

inline constexpr std::string_view kOnInterruption = "hakoban.on-interruption";
inline constexpr std::string_view kOnInterruptionSignal = "hakoban.on-interruption-signal";

struct RunningTask {
  std::string arn;
  std::string cluster;  // the name
  std::string name;     // its service, else its family: for people
  TaskKind kind = TaskKind::unknown;
  Duration stop_timeout{};          // the longest of its running containers
  bool stop_timeout_known = false;  // false: the agent's default stands in
  std::vector<TargetRef> targets;   // classic load balancers among them, see classic_target()
  bool behind_classic_elb = false;  // one that cannot be left, since the instance's id is not known
  // The longest of its targets' groups; of a group not known, ELB's default.
  Duration deregistration_delay{};
  std::vector<DiscoveryRef> discovery;
  bool own = false;
  OnInterruption on_interruption = OnInterruption::by_kind;
  std::string unknown_wish;   // a label or tag that is none of the words above
  std::string notify_signal;  // "": the policy's

  bool operator==(const RunningTask&) const = default;
};

// A container of it that runs.
struct RunningContainer {
  std::string id;
  Duration stop_timeout{};
  bool notify = false;  // gets the signal

  bool operator==(const RunningContainer&) const = default;
};

// Whether a task of the host view may still run or come to run.
[[nodiscard]] bool still_running(const TaskView& task);

// Whether a container of it has started and not ended.
[[nodiscard]] bool has_begun(const TaskView& task);

[[nodiscard]] RunningTask running_task(const TaskView& task, const HostView& host, const DrainPolicy& policy);
[[nodiscard]] std::vector<RunningTask> running_tasks(const HostView& host, const DrainPolicy& policy);
[[nodiscard]] std::vector<RunningContainer> running_containers(const TaskView& task,
                                                               const DrainPolicy& policy);

// A classic load balancer takes in whole instances. It stands among targets as the group "classic-elb/<name>"
// with the instance's id and port 0.
[[nodiscard]] TargetRef classic_target(const ClassicElbRef& balancer, const std::string& instance_id);
// The load balancer's name; "" for a target of a group.
[[nodiscard]] std::string_view classic_name(std::string_view group);

}  // namespace hakoban
