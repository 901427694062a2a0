// The drain as a state machine. Pure: the shell (handlers/drain/drainer.h) tells what happened, and carries
// out what comes back.
//
//   notice ─ set DRAINING, deregister all targets (side by side)
//          ─ batch stopped once DRAINING; services once their targets are out or at their latest time;
//          daemons last ─ all ended, logs shipped ─ finished
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
  std::string task_arn;            // for both stops
  std::vector<TargetRef> targets;  // for deregister and check_health
  Duration patience{};             // for stop_locally

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

// What happened.
struct HostSeen {  // the host view at this moment
  const HostView& view;
};
struct CallEnded {
  DrainAction action;
  std::optional<Error> error;      // absent: it went well
  std::vector<TargetSeen> health;  // of check_health
};
struct LogsSeen {
  std::uint64_t bytes_left = 0;
};
struct NoticeAgain {  // the same event told anew, or another one while this drain goes on
  Notice notice;
};
struct TimePassed {};

using DrainEvent = std::variant<HostSeen, CallEnded, LogsSeen, NoticeAgain, TimePassed>;

enum class DrainStep {
  notice_seen,
  draining_set,
  targets_deregistered,
  targets_out,
  tasks_stop_requested,
  tasks_stopped,
  logs_shipped,
  drain_finished,
};

[[nodiscard]] std::string_view name_of(DrainStep step);

// A line of the timeline.
struct Milestone {
  DrainStep step = DrainStep::notice_seen;
  std::optional<TaskKind> kind;  // for the two about tasks: one line a kind
  std::size_t count = 0;         // of targets or tasks
};

struct DrainTurn {
  std::vector<DrainAction> start;     // to be carried out now, side by side; each answered by one CallEnded
  std::vector<Milestone> milestones;  // reached in this turn
};

// A drain that has just begun. `seed` makes this host's jitter its own.
[[nodiscard]] DrainState begin_drain(const Notice& notice, const DrainPolicy& policy, std::uint64_t seed);

// Call it for each event and a few times a second besides. Never later than the deadline (or the least effort
// after a notice that came too late) does it start anything.
[[nodiscard]] DrainTurn advance(DrainState& state, const DrainEvent& event, const DrainPolicy& policy,
                                TimePoint now);

// When the machine gives up.
[[nodiscard]] TimePoint gives_up_at(const DrainState& state, const DrainPolicy& policy);

// Whether `notice` tells of the very event of an earlier drain.
[[nodiscard]] bool same_event(const DrainState& earlier, const Notice& notice, const DrainPolicy& policy);

struct DrainSummary {
  bool missed = false;  // something was left undone, or done after the deadline
  std::size_t tasks_ended = 0;
  std::size_t tasks_left = 0;
  std::size_t targets_not_out = 0;
  std::size_t told_while_registered = 0;
  std::size_t registered_again = 0;
  std::uint64_t log_bytes_left = 0;
};

[[nodiscard]] DrainSummary summarize(const DrainState& state);

}  // namespace hakoban
