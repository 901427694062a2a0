#include "core/termination/drain_machine.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/termination/drain_turn.h"

namespace hakoban {

namespace {

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
  if (state.targets.empty()) return;
  bool deregistered = true;
  bool out = true;
  for (const auto& [ref, target] : state.targets) {
    deregistered &= target.deregistered_at.has_value();
    out &= target.out;
  }
  const std::size_t count = state.targets.size();
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

bool logs_shipped(const DrainState& state, const DrainPolicy& policy) {
  if (!state.host_seen_at || !state.all_ended() || !state.logs_seen_at || state.log_bytes_left > 0) {
    return false;
  }
  // The first views may not show all that runs here; a host without tasks is believed after a while.
  TimePoint settled = *state.host_seen_at + policy.gone_after;
  for (const auto& [arn, progress] : state.tasks) {
    if (progress.ended_at) settled = std::max(settled, *progress.ended_at + policy.log_settle);
  }
  return *state.logs_seen_at >= settled;
}

bool in_service_still(const DrainState& state) {
  if (!state.draining_at && !state.container_instance_arn.empty()) return true;
  return std::any_of(state.targets.begin(), state.targets.end(),
                     [](const auto& entry) { return !entry.second.deregistered_at; });
}

std::vector<Standing> standings(const DrainState& state, const DrainPolicy& policy, TimePoint now) {
  std::vector<Standing> all;
  all.push_back({{DrainStep::notice_seen, std::nullopt, 0}, true});
  all.push_back({{DrainStep::draining_set, std::nullopt, 1}, state.draining_at.has_value()});
  add_targets(state, all);
  for (const TaskKind kind : {TaskKind::batch, TaskKind::unknown, TaskKind::service, TaskKind::daemon}) {
    add_tasks(state, kind, all);
  }
  const bool shipped = state.has_reached(name_of(DrainStep::logs_shipped)) || logs_shipped(state, policy);
  all.push_back({{DrainStep::logs_shipped, std::nullopt, 0}, shipped && state.all_ended()});
  const bool done = shipped && state.all_ended() && !in_service_still(state);
  all.push_back({{DrainStep::drain_finished, std::nullopt, state.tasks.size()},
                 state.finished_at.has_value() || done || now >= gives_up_at(state, policy)});
  return all;
}

}  // namespace

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
    case DrainStep::drain_finished:
      return "drain_finished";
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
    }
  }
  return fresh;
}

DrainState begin_drain(const Notice& notice, const DrainPolicy& policy, std::uint64_t seed) {
  DrainState state;
  state.notice = notice;
  state.notice.deadline = deadline_of(notice, policy);
  state.dice = seed;
  return state;
}

DrainTurn advance(DrainState& state, const DrainEvent& event, const DrainPolicy& policy, TimePoint now) {
  absorb(state, event, policy, now);
  DrainTurn turn;
  turn.start = due_actions(state, policy, now);
  turn.milestones = new_milestones(state, policy, now);
  return turn;
}

TimePoint gives_up_at(const DrainState& state, const DrainPolicy& policy) {
  return std::max(state.deadline(), state.notice.seen_at + policy.least_effort);
}

bool same_event(const DrainState& earlier, const Notice& notice, const DrainPolicy& policy) {
  if (notice.id != earlier.notice.id) return false;
  return deadline_of(notice, policy) <= earlier.deadline() + policy.repeat_window;
}

DrainSummary summarize(const DrainState& state) {
  DrainSummary summary;
  for (const auto& [arn, progress] : state.tasks) {
    if (progress.task.own) continue;
    ++(progress.ended_at ? summary.tasks_ended : summary.tasks_left);
    summary.told_while_registered += progress.told_while_registered ? 1 : 0;
  }
  for (const auto& [ref, target] : state.targets) {
    summary.targets_not_out += target.out ? 0 : 1;
    summary.registered_again += static_cast<std::size_t>(target.registered_again);
  }
  summary.log_bytes_left = state.log_bytes_left;
  summary.missed = summary.tasks_left > 0 || !state.has_reached(name_of(DrainStep::logs_shipped)) ||
                   in_service_still(state) || (state.finished_at && *state.finished_at > state.deadline());
  return summary;
}

}  // namespace hakoban
