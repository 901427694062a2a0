// The drain as a state machine. Pure: the shell (handlers/drain/drainer.h) tells what happened, and carries
// out what comes back. docs/termination.md tells the whole of it.
//
//   hard    ─ set DRAINING, deregister all targets (side by side)
//           ─ batch stopped once DRAINING; services once their targets are out or at their latest time;
//           daemons last ─ all ended, logs shipped ─ finished
//   gentle  ─ set DRAINING ─ ECS moves the services, batch tasks end ─ near the deadline: as above
//   called off (all causes withdrawn) ─ what was begun with is ended ─ ACTIVE, if we drained it ─ returned
//
// One drain answers all notices that stand at a time: they come and go while it lasts, and their strongest
// manner and earliest deadline count.
//
// Level-triggered: each turn derives from the state what is wanted now and not under way, so a drain that was
// killed between any two steps goes on from its journalled state; a call whose answer was lost is made again,
// which all of them bear.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/host/host_view.h"
#include "core/result.h"
#include "core/termination/drain_policy.h"
#include "core/termination/drain_state.h"

namespace hakoban {

struct DrainAction {
  DrainCall call = DrainCall::set_draining;
  std::string subject;             // see DrainCall
  std::string cluster;             // for ECS calls
  std::string task_arn;            // for both stops and notify_task
  std::vector<TargetRef> targets;  // for deregister and check_health
  Duration patience{};             // for stop_locally
  DiscoveryRef discovery;          // for leave_discovery
  std::string signal;              // for notify_task
  std::vector<std::string> tasks;  // for ask_protection: ARNs
  std::string instance_id;         // for the three about lifecycle hooks
  std::string group;               // for heartbeat and complete_hook: the Auto Scaling group

  bool operator==(const DrainAction&) const = default;
};

enum class TargetStanding {
  registered,  // gets new requests, or soon will
  draining,    // gets none; those under way may go on
  out,
};

struct TargetSeen {
  TargetRef target;
  TargetStanding standing = TargetStanding::registered;
};

// The hooks that hold, or will hold, the instance in Terminating:Wait.
struct HookSeen {
  std::string name;
  Duration heartbeat_timeout{};
};
struct LifecycleSeen {
  std::string group;  // "": the instance is in no Auto Scaling group
  std::vector<HookSeen> hooks;
};

// What happened.
struct HostSeen {  // the host view at this moment
  const HostView& view;
};
struct CallEnded {
  DrainAction action;
  std::optional<Error> error;                  // absent: it went well
  std::vector<TargetSeen> health{};            // of check_health
  std::string status{};                        // of ask_status
  std::vector<std::string> protected_tasks{};  // of ask_protection: those of action.tasks that are
  LifecycleSeen lifecycle{};                   // of find_hooks
  std::uint64_t log_bytes_left = 0;            // of ask_backlog
};
struct LogsSeen {
  std::uint64_t bytes_left = 0;
};
// A notice: the same event told anew, or another one, or withdrawn.
struct NoticeHeard {
  Notice notice;
};
// An operator's word that the host shall stay: withdraws what can be (his own request, rebalance,
// maintenance).
struct Dismissed {};
struct TimePassed {};

using DrainEvent = std::variant<HostSeen, CallEnded, LogsSeen, NoticeHeard, Dismissed, TimePassed>;

enum class DrainStep {
  notice_seen,
  draining_set,
  targets_deregistered,
  targets_out,
  tasks_stop_requested,
  tasks_stopped,
  logs_shipped,
  hooks_completed,
  drain_finished,
  called_off,
  returned,
};

[[nodiscard]] std::string_view name_of(DrainStep step);

// A line of the timeline.
struct Milestone {
  DrainStep step = DrainStep::notice_seen;
  std::optional<TaskKind> kind;  // for the two about tasks: one line a kind
  std::size_t count = 0;         // of targets, tasks or hooks
};

struct DrainTurn {
  std::vector<DrainAction> start;     // to be carried out now, side by side; each answered by one CallEnded
  std::vector<Milestone> milestones;  // reached in this turn
};

// A drain that has just begun. `seed` makes this host's jitter its own.
[[nodiscard]] DrainState begin_drain(const Notice& notice, const DrainPolicy& policy, std::uint64_t seed);

// Call it for each event and a few times a second besides. Never later than the final deadline (or the least
// effort after a notice that came too late) does it start anything.
[[nodiscard]] DrainTurn advance(DrainState& state, const DrainEvent& event, const DrainPolicy& policy,
                                TimePoint now);

// When the machine gives up.
[[nodiscard]] TimePoint gives_up_at(const DrainState& state, const DrainPolicy& policy);

// The plan of what still runs, as the machine follows it.
[[nodiscard]] DrainPlan plan_of(const DrainState& state, const DrainPolicy& policy, TimePoint now);

struct DrainSummary {
  bool missed = false;  // something was left undone, or done after the final deadline
  std::size_t tasks_ended = 0;
  std::size_t tasks_left = 0;
  std::size_t targets_not_out = 0;
  std::size_t told_while_registered = 0;
  std::size_t registered_again = 0;
  std::uint64_t log_bytes_left = 0;
};

[[nodiscard]] DrainSummary summarize(const DrainState& state);

}  // namespace hakoban
