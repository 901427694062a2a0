// What a drain has reached, and what came of it.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "core/termination/drain_turn.h"

namespace hakoban {

namespace {

// An instance that cannot be set ACTIVE again is left to people after this.
constexpr Duration kReturnPatience = 1h;

std::string key_of(const Milestone& milestone) {
  if (!milestone.kind) return std::string{name_of(milestone.step)};
  return fmt::format("{}/{}", name_of(milestone.step), name_of(*milestone.kind));
}

// A milestone and whether it stands at this moment.
struct Standing {
  Milestone milestone;
  bool stands = false;
};

void add_targets(const DrainState& state, std::vector<Standing>& all) {
  bool deregistered = true;
  bool out = true;
  std::size_t count = 0;
  for (const auto& [ref, target] : state.targets) {
    if (!target.wanted_out) continue;
    ++count;
    deregistered &= target.deregistered_at.has_value();
    out &= target.out;
  }
  if (count == 0) return;
  all.push_back({{DrainStep::targets_deregistered, std::nullopt, count}, deregistered});
  all.push_back({{DrainStep::targets_out, std::nullopt, count}, out});
}

void add_tasks(const DrainState& state, TaskKind kind, std::vector<Standing>& all) {
  std::size_t count = 0;
  bool any_told = false;
  bool all_told = true;
  bool all_over = true;
  for (const auto& [arn, progress] : state.tasks) {
    if (progress.task.own || progress.task.kind != kind) continue;
    ++count;
    any_told |= progress.told();
    all_told &= progress.told() || progress.ended_at.has_value();
    all_over &= progress.ended_at.has_value();
  }
  if (count == 0) return;
  all.push_back({{DrainStep::tasks_stop_requested, kind, count}, any_told && all_told});
  all.push_back({{DrainStep::tasks_stopped, kind, count}, all_over});
}

std::optional<TimePoint> last_end(const DrainState& state) {
  std::optional<TimePoint> last;
  for (const auto& [arn, progress] : state.tasks) {
    if (progress.ended_at && (!last || *last < *progress.ended_at)) last = progress.ended_at;
  }
  return last;
}

bool logs_shipped(const DrainState& state, const DrainPolicy& policy) {
  if (state.has_reached(name_of(DrainStep::logs_shipped))) return true;
  if (!state.host_seen_at || !state.all_ended() || !state.logs_seen_at || state.log_bytes_left > 0) {
    return false;
  }
  // The first views may not show all that runs here; a host without tasks is believed after a while.
  TimePoint settled = *state.host_seen_at + policy.gone_after;
  if (const auto last = last_end(state)) settled = std::max(settled, *last + policy.log_settle);
  return *state.logs_seen_at >= settled;
}

// A host that is not sure to go does not wait for a broken store for ever.
bool logs_given_up(const DrainState& state, const DrainPolicy& policy, TimePoint now) {
  if (state.terms.manner != Manner::gentle || state.terms.final_deadline) return false;
  const TimePoint last = last_end(state).value_or(state.terms.since);
  return now >= std::max(state.terms.deadline, last + policy.log_patience);
}

// Of a gentle drain only what a running task still has counts: ECS takes out what it moves.
std::set<TargetRef> targets_that_count(const DrainState& state) {
  std::set<TargetRef> targets;
  for (const auto& [arn, progress] : state.tasks) {
    if (state.terms.manner != Manner::hard && progress.ended_at) continue;
    targets.insert(progress.task.targets.begin(), progress.task.targets.end());
  }
  return targets;
}

bool in_service_still(const DrainState& state) {
  if (!state.draining_at && !state.container_instance_arn.empty()) return true;
  const bool hard = state.terms.manner == Manner::hard;
  const auto targets = targets_that_count(state);
  return std::any_of(targets.begin(), targets.end(), [&](const TargetRef& ref) {
    const auto found = state.targets.find(ref);
    return found != state.targets.end() && (hard || found->second.wanted_out) &&
           !found->second.deregistered_at;
  });
}

bool given_up(const DrainState& state, DrainCall call, const std::string& subject) {
  const auto found = state.attempts.find({call, subject});
  return found != state.attempts.end() && found->second.failures >= kHookTries;
}

bool hooks_completed(const DrainState& state) {
  return std::all_of(state.lifecycle.hooks.begin(), state.lifecycle.hooks.end(),
                     [](const auto& hook) { return hook.second.completed_at.has_value(); });
}

// Nothing more can be done about the group's hooks.
bool hooks_settled(const DrainState& state) {
  if (!state.standing(NoticeKind::lifecycle) || state.instance_id.empty()) return true;
  if (!state.lifecycle.known_at) return given_up(state, DrainCall::find_hooks, state.instance_id);
  return std::all_of(state.lifecycle.hooks.begin(), state.lifecycle.hooks.end(), [&](const auto& hook) {
    return hook.second.completed_at || given_up(state, DrainCall::complete_hook, hook.first);
  });
}

std::vector<Standing> called_off_standings(const DrainState& state, TimePoint now) {
  const bool returned = !state.draining_tried_at && begun_is_over(state);
  const bool patience_over = now >= *state.called_off_at + kReturnPatience;
  return {{{DrainStep::called_off, std::nullopt, 0}, true},
          {{DrainStep::returned, std::nullopt, 0}, state.returned_at || returned || patience_over}};
}

std::vector<Standing> standings(const DrainState& state, const DrainPolicy& policy, TimePoint now) {
  if (state.called_off_at) return called_off_standings(state, now);
  std::vector<Standing> all;
  all.push_back({{DrainStep::notice_seen, std::nullopt, 0}, true});
  all.push_back({{DrainStep::draining_set, std::nullopt, 1}, state.draining_at.has_value()});
  bool done = state.draining_at.has_value();
  if (state.terms.manner > Manner::mark) {
    add_targets(state, all);
    for (const TaskKind kind : {TaskKind::batch, TaskKind::unknown, TaskKind::service, TaskKind::daemon}) {
      add_tasks(state, kind, all);
    }
    const bool shipped = logs_shipped(state, policy) && state.all_ended();
    all.push_back({{DrainStep::logs_shipped, std::nullopt, 0}, shipped});
    const std::size_t hooks = state.lifecycle.hooks.size();
    if (hooks > 0) {
      all.push_back({{DrainStep::hooks_completed, std::nullopt, hooks}, hooks_completed(state)});
    }
    done = work_done(state, policy, now) && hooks_settled(state);
  }
  all.push_back({{DrainStep::drain_finished, std::nullopt, state.tasks.size()},
                 state.finished_at.has_value() || done || now >= gives_up_at(state, policy)});
  return all;
}

}  // namespace

bool work_done(const DrainState& state, const DrainPolicy& policy, TimePoint now) {
  if (!state.host_seen_at || !state.all_ended() || in_service_still(state)) return false;
  return logs_shipped(state, policy) || logs_given_up(state, policy, now);
}

std::string_view name_of(DrainStep step) {
  switch (step) {
    case DrainStep::notice_seen:
      return "notice_seen";
    case DrainStep::draining_set:
      return "draining_set";
    case DrainStep::targets_deregistered:
      return "targets_deregistered";
    case DrainStep::targets_out:
      return "targets_out";
    case DrainStep::tasks_stop_requested:
      return "tasks_stop_requested";
    case DrainStep::tasks_stopped:
      return "tasks_stopped";
    case DrainStep::logs_shipped:
      return "logs_shipped";
    case DrainStep::hooks_completed:
      return "hooks_completed";
    case DrainStep::drain_finished:
      return "drain_finished";
    case DrainStep::called_off:
      return "called_off";
    case DrainStep::returned:
      return "returned";
  }
  return "unknown";
}

std::vector<Milestone> new_milestones(DrainState& state, const DrainPolicy& policy, TimePoint now) {
  std::vector<Milestone> fresh;
  for (const Standing& standing : standings(state, policy, now)) {
    const std::string key = key_of(standing.milestone);
    if (!standing.stands) {
      state.reached.erase(key);
    } else if (state.reached.try_emplace(key, now).second) {
      fresh.push_back(standing.milestone);
      if (standing.milestone.step == DrainStep::drain_finished) state.finished_at = now;
      if (standing.milestone.step == DrainStep::returned) state.returned_at = now;
    }
  }
  return fresh;
}

DrainSummary summarize(const DrainState& state) {
  DrainSummary summary;
  for (const auto& [arn, progress] : state.tasks) {
    if (progress.task.own) continue;
    ++(progress.ended_at ? summary.tasks_ended : summary.tasks_left);
    summary.told_while_registered += progress.told_while_registered ? 1 : 0;
  }
  for (const auto& [ref, target] : state.targets) {
    summary.targets_not_out += target.wanted_out && !target.out ? 1 : 0;
    summary.registered_again += static_cast<std::size_t>(target.registered_again);
  }
  summary.log_bytes_left = state.log_bytes_left;
  const bool stops_tasks = state.terms.manner > Manner::mark;
  const auto& final_deadline = state.terms.final_deadline;
  summary.missed =
      (stops_tasks && (summary.tasks_left > 0 || !state.has_reached(name_of(DrainStep::logs_shipped)))) ||
      in_service_still(state) || !hooks_completed(state) ||
      (state.finished_at && final_deadline && *state.finished_at > *final_deadline);
  return summary;
}

}  // namespace hakoban
