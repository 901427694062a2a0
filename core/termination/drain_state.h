// Everything that a drain must remember, as values. handlers/drain/drain_journal.h writes it to disk.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/host/host_view.h"
#include "core/termination/drain_plan.h"
#include "core/termination/notice.h"

namespace hakoban {

// The calls that a drain makes.
enum class DrainCall {
  set_draining,  // subject: the container instance's ARN
  deregister,    // subject: the target group's ARN
  check_health,  // subject: the target group's ARN
  stop_task,     // subject: the task's ARN
  stop_locally,  // subject: the container's id
};

[[nodiscard]] std::string_view name_of(DrainCall call);

// Why a task was told to stop when it was.
enum class StopWhy { draining_set, targets_out, grace_over, others_ended, latest_time };

[[nodiscard]] std::string_view name_of(StopWhy why);

// Who made a task end.
enum class StopHow { itself, stop_task, docker_stop };

[[nodiscard]] std::string_view name_of(StopHow how);

struct TargetProgress {
  std::optional<TimePoint> deregistered_at;  // accepted, and not seen registered since
  bool out = false;                          // seen unused
  int registered_again = 0;                  // times that it came back after it had been deregistered

  bool operator==(const TargetProgress&) const = default;
};

struct RunningContainer {
  std::string id;
  Duration stop_timeout{};

  bool operator==(const RunningContainer&) const = default;
};

struct TaskProgress {
  RunningTask task;
  std::optional<StopWhy> why;              // set while a stop is wanted
  std::optional<TimePoint> requested_at;   // StopTask was accepted
  std::optional<TimePoint> local_stop_at;  // docker stop was begun
  std::optional<TimePoint> ended_at;
  bool told_while_registered = false;  // told to stop while a load balancer could still send it requests

  // Not journalled: the newest view gives it again.
  std::vector<RunningContainer> containers;
  std::optional<TimePoint> missing_since;
  bool refused = false;  // StopTask failed in a way that a retry does not mend

  [[nodiscard]] bool told() const { return requested_at || local_stop_at; }
  [[nodiscard]] StopHow how() const;
};

// One kind of call about one subject: what is under way and when it may be tried again. Not journalled.
struct Attempt {
  bool in_flight = false;
  int failures = 0;  // in a row
  TimePoint not_before{};
};

struct DrainState {
  Notice notice;        // `deadline` is always set; the earliest ever heard
  std::string cluster;  // the name; "" until known
  std::string container_instance_arn;
  std::optional<TimePoint> draining_at;
  std::map<std::string, TaskProgress> tasks;  // by ARN; the own task too
  std::map<TargetRef, TargetProgress> targets;
  std::map<std::string, TimePoint, std::less<>>
      reached;  // milestones told: "draining_set", "tasks_stopped/batch", …
  std::optional<TimePoint> finished_at;

  // Not journalled.
  std::optional<TimePoint> host_seen_at;  // when a published view was first taken in
  std::map<std::pair<DrainCall, std::string>, Attempt> attempts;
  std::uint64_t log_bytes_left = 0;
  std::optional<TimePoint> logs_seen_at;  // when that was so
  std::uint64_t dice = 1;                 // state of the jitter; seed it differently on each host

  [[nodiscard]] TimePoint deadline() const { return *notice.deadline; }
  // Whether every task has ended but the own one, and daemons if they are left out.
  [[nodiscard]] bool all_ended(bool with_daemons = true) const;
  [[nodiscard]] bool has_reached(std::string_view milestone) const;
};

}  // namespace hakoban
