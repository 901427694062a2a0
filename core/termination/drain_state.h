// Everything that a drain must remember, as values. handlers/drain/drain_journal.h writes it to disk.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/host/host_view.h"
#include "core/termination/drain_plan.h"
#include "core/termination/notice.h"
#include "core/termination/notice_policy.h"

namespace hakoban {

// The calls that a drain makes. The subject tells those of one kind apart.
enum class DrainCall {
  ask_status,       // subject: the container instance's ARN
  set_draining,     // subject: the container instance's ARN
  set_active,       // subject: the container instance's ARN
  deregister,       // subject: the target group's ARN, or classic_target()'s group
  check_health,     // subject: as deregister
  leave_discovery,  // subject: the discovery service and the instance in it, see subject_of()
  notify_task,      // subject: the container's id
  ask_protection,   // subject: the cluster's name
  stop_task,        // subject: the task's ARN
  stop_locally,     // subject: the container's id
  find_hooks,       // subject: the EC2 instance's id
  heartbeat,        // subject: the lifecycle hook's name
  complete_hook,    // subject: the lifecycle hook's name
  ask_backlog,      // subject: none; the shell asks it by itself, and tells the machine LogsSeen
};

[[nodiscard]] std::string_view name_of(DrainCall call);

// Why a task was told to stop when it was.
enum class StopWhy { draining_set, targets_out, grace_over, others_ended, latest_time, called_off };

[[nodiscard]] std::string_view name_of(StopWhy why);

// Who made a task end.
enum class StopHow { itself, stop_task, docker_stop };

[[nodiscard]] std::string_view name_of(StopHow how);

// A notice that this drain answers.
struct DrainCause {
  Notice notice;
  NoticeTerms terms;
  // Withdrawn by an operator's word: told anew, it is not answered again.
  bool dismissed = false;

  bool operator==(const DrainCause&) const = default;
};

struct TargetProgress {
  bool wanted_out = false;  // we are to take it out (in a gentle drain, ECS may do so before)
  std::optional<TimePoint> deregistered_at;  // accepted, and not seen registered since
  bool out = false;                          // seen unused, or trusted to be after its delay
  int registered_again = 0;                  // times that it came back after it had been deregistered

  bool operator==(const TargetProgress&) const = default;
};

struct DiscoveryProgress {
  bool wanted_out = false;
  std::optional<TimePoint> left_at;

  bool operator==(const DiscoveryProgress&) const = default;
};

struct TaskProgress {
  RunningTask task;
  std::optional<StopWhy> why;              // set while a stop is wanted
  std::set<std::string> notified;          // containers that got the signal
  std::optional<TimePoint> requested_at;   // StopTask was accepted
  std::optional<TimePoint> local_stop_at;  // docker stop was begun
  std::optional<TimePoint> ended_at;
  bool told_while_registered = false;  // told to stop while a load balancer could still send it requests
  bool spared = false;                 // protected from scale-in when last asked

  // Not journalled: the newest view, or another question, gives it again.
  std::optional<TimePoint> protection_seen_at;
  std::vector<RunningContainer> containers;
  std::optional<TimePoint> missing_since;
  bool refused = false;  // StopTask failed in a way that a retry does not mend

  [[nodiscard]] bool told() const { return requested_at || local_stop_at; }
  [[nodiscard]] StopHow how() const;
};

// A lifecycle hook that holds the instance.
struct HookProgress {
  Duration heartbeat_timeout = 1h;
  std::optional<TimePoint> beat_at;
  std::optional<TimePoint> completed_at;

  bool operator==(const HookProgress&) const = default;
};

// What the Auto Scaling group has to do with it. Asked for only on a lifecycle notice.
struct LifecycleProgress {
  std::optional<TimePoint> known_at;
  std::string group;
  std::map<std::string, HookProgress> hooks;  // those that are ours to complete, by name
  bool held = false;                          // some hook of whomever holds the instance
  bool managed = false;                       // ECS's managed draining is one of them
  std::size_t foreign_hooks = 0;              // that are neither ECS's nor ours

  bool operator==(const LifecycleProgress&) const = default;
};

// One kind of call about one subject: what is under way and when it may be tried again. Not journalled.
struct Attempt {
  bool in_flight = false;
  int failures = 0;  // in a row
  TimePoint not_before{};
};

struct DrainState {
  std::map<std::string, DrainCause> causes;  // by the notice's id; withdrawn ones too
  // What the standing causes come to; Manner::none once all are withdrawn. Recomputed in each turn.
  DrainTerms terms;
  std::optional<TimePoint> called_off_at;  // every cause is withdrawn
  std::optional<TimePoint> returned_at;    // and the host is back in service: nothing is left to do

  std::string cluster;  // the name; "" until known
  std::string instance_id;
  std::string container_instance_arn;
  std::string status_before;                   // of the container instance, before our DRAINING; "" not asked
  std::optional<TimePoint> draining_tried_at;  // when we first tried to set it
  std::optional<TimePoint> draining_at;
  std::map<std::string, TaskProgress> tasks;  // by ARN; the own task too
  std::map<TargetRef, TargetProgress> targets;
  std::map<DiscoveryRef, DiscoveryProgress> discovery;
  LifecycleProgress lifecycle;
  std::map<std::string, TimePoint, std::less<>>
      reached;  // milestones told: "draining_set", "tasks_stopped/batch", …
  std::optional<TimePoint> finished_at;

  // Not journalled.
  std::optional<TimePoint> host_seen_at;   // when a published view was first taken in
  std::map<std::string, Duration> delays;  // deregistration delays by target group
  std::map<std::pair<DrainCall, std::string>, Attempt> attempts;
  std::uint64_t log_bytes_left = 0;
  std::optional<TimePoint> logs_seen_at;  // when that was so
  std::uint64_t dice = 1;                 // state of the jitter; seed it differently on each host

  [[nodiscard]] TimePoint deadline() const { return terms.deadline; }
  // The cause that set the manner; of several the first seen. Of a drain that is called off: any.
  [[nodiscard]] const Notice& notice() const;
  [[nodiscard]] bool standing(NoticeKind kind) const;
  // Another drainer, or a person, had set the instance DRAINING before us: not ours to undo.
  [[nodiscard]] bool drained_by_another() const;
  // Whether every task has ended but the own one, and daemons if they are left out.
  [[nodiscard]] bool all_ended(bool with_daemons = true) const;
  [[nodiscard]] bool has_reached(std::string_view milestone) const;
};

// How leave_discovery names its subject.
[[nodiscard]] std::string subject_of(const DiscoveryRef& ref);

}  // namespace hakoban
