// When a task is told to stop, and by whom.
#include <algorithm>

#include "core/termination/drain_turn.h"
#include "core/termination/drain_wants.h"

namespace hakoban {

namespace {

// No container is given less than this between SIGTERM and SIGKILL, late as it may be.
constexpr Duration kLeastPatience = 1s;

}  // namespace

void DrainWants::want_stops(const DrainPlan& plan) {
  for (const PlannedStop& planned : plan.stops) {
    if (planned.rule != StopRule::never) stop(planned, plan);
  }
}

void DrainWants::stop(const PlannedStop& planned, const DrainPlan& plan) {
  TaskProgress& progress = state_.tasks.at(planned.task.arn);
  // A reason may pass again, as when a target is back, until it has been acted on.
  if (!progress.told() && !under_way(DrainCall::stop_task, planned.task.arn)) {
    progress.why = must_ask_protection(progress) ? std::nullopt : why_now(planned);
  }
  if (!progress.why) return;
  if (!progress.requested_at && !progress.refused) request_stop(progress);
  if (needs_local_stop(planned, progress, plan)) stop_locally(progress, plan);
}

void DrainWants::request_stop(const TaskProgress& progress) {
  DrainAction action;
  action.call = DrainCall::stop_task;
  action.subject = progress.task.arn;
  action.task_arn = progress.task.arn;
  action.cluster = progress.task.cluster.empty() ? state_.cluster : progress.task.cluster;
  start(std::move(action));
}

// When DRAINING counts as settled: accepted, or waited for long enough.
TimePoint DrainWants::gate() const {
  return state_.draining_at.value_or(state_.terms.since + policy_.draining_patience);
}

bool DrainWants::targets_out(const RunningTask& task) const {
  return std::all_of(task.targets.begin(), task.targets.end(),
                     [&](const TargetRef& target) { return state_.targets.at(target).out; });
}

TimePoint DrainWants::grace_over(const RunningTask& task) const {
  if (task.kind == TaskKind::unknown) return state_.terms.since + policy_.unknown_grace;
  TimePoint over = gate() + policy_.service_grace;
  for (const DiscoveryRef& ref : task.discovery) {
    over = std::max(over, state_.discovery.at(ref).left_at.value_or(gate()) + policy_.discovery_grace);
  }
  return over;
}

std::optional<StopWhy> DrainWants::why_now(const PlannedStop& planned) const {
  if (now_ >= gate()) {
    if (const auto why = why_by_rule(planned)) return why;
  }
  if (now_ >= planned.latest && !may_wait_on(planned)) return StopWhy::latest_time;
  return std::nullopt;
}

// No host is lost for want of a moment: what a load balancer still sends requests to is waited for.
bool DrainWants::may_wait_on(const PlannedStop& planned) const {
  if (state_.terms.manner != Manner::gentle || state_.terms.final_deadline) return false;
  return std::any_of(planned.task.targets.begin(), planned.task.targets.end(), [&](const TargetRef& ref) {
    const TargetProgress& target = state_.targets.at(ref);
    if (target.out) return false;
    return !target.deregistered_at || now_ < *target.deregistered_at + policy_.longest_balancer_wait;
  });
}

std::optional<StopWhy> DrainWants::why_by_rule(const PlannedStop& planned) const {
  const RunningTask& task = planned.task;
  const bool discovery_over = task.discovery.empty() || now_ >= grace_over(task);
  switch (planned.rule) {
    case StopRule::at_once:
      return StopWhy::draining_set;
    case StopRule::after_targets_out:
      if (now_ >= planned.take_out_at && targets_out(task) && discovery_over) return StopWhy::targets_out;
      return std::nullopt;
    case StopRule::after_grace:
      if (now_ >= grace_over(task)) return StopWhy::grace_over;
      return std::nullopt;
    case StopRule::after_others:
      if (state_.all_ended(false) && targets_out(task)) return StopWhy::others_ended;
      return std::nullopt;
    case StopRule::at_latest:
    case StopRule::never:
      return std::nullopt;
  }
  return std::nullopt;
}

// StopTask cannot be had (in time), or was had and nothing came of it. The latter is known for sure only
// when the stop timeout is over, and longer for containers that the ECS agent stops one after the other
// (dependsOn); so it waits as long as a whole stop timeout is left.
bool DrainWants::needs_local_stop(const PlannedStop& planned, const TaskProgress& progress,
                                  const DrainPlan& plan) const {
  const TimePoint last_moment = planned.latest + policy_.margin / 2;
  if (!progress.requested_at) {
    return progress.refused || now_ >= last_moment ||
           failures(DrainCall::stop_task, planned.task.arn) >= policy_.stop_task_tries;
  }
  TimePoint overdue =
      std::max(last_moment, *progress.requested_at + planned.task.stop_timeout + policy_.margin);
  if (!planned.task.stop_timeout_known) overdue = std::max(overdue, plan.stopped_by - policy_.margin);
  // What ECS gives it beyond that it does not have: the host would be gone, and its last log lines with it.
  return now_ >= std::min(overdue, plan.stopped_by - policy_.margin);
}

void DrainWants::stop_locally(TaskProgress& progress, const DrainPlan& plan) {
  const Duration left = std::max(kLeastPatience, plan.stopped_by - now_);
  for (const RunningContainer& container : progress.containers) {
    DrainAction action;
    action.call = DrainCall::stop_locally;
    action.subject = container.id;
    action.task_arn = progress.task.arn;
    action.patience = std::min(container.stop_timeout, left);
    start(std::move(action));
  }
  if (progress.local_stop_at || progress.containers.empty()) return;
  progress.local_stop_at = now_;
  if (progress.requested_at) return;
  for (const TargetRef& target : progress.task.targets) {
    const TargetProgress& seen = state_.targets.at(target);
    progress.told_while_registered |= !seen.deregistered_at && !seen.out;
  }
}

bool is_begun(const DrainState& state, const TaskProgress& progress) {
  if (progress.ended_at || progress.task.own) return false;
  if (progress.told()) return true;
  const auto& targets = progress.task.targets;
  const auto& discovery = progress.task.discovery;
  return std::any_of(
             targets.begin(), targets.end(),
             [&](const TargetRef& ref) { return state.targets.at(ref).deregistered_at.has_value(); }) ||
         std::any_of(discovery.begin(), discovery.end(),
                     [&](const DiscoveryRef& ref) { return state.discovery.at(ref).left_at.has_value(); });
}

bool begun_is_over(const DrainState& state) {
  return std::none_of(state.tasks.begin(), state.tasks.end(),
                      [&](const auto& entry) { return is_begun(state, entry.second); });
}

void DrainWants::want_begun_over() {
  for (auto& [arn, progress] : state_.tasks) {
    if (!is_begun(state_, progress) || progress.told()) continue;
    const bool waited = now_ >= *state_.called_off_at + policy_.longest_balancer_wait;
    if (!waited && !targets_out(progress.task)) continue;
    progress.why = StopWhy::called_off;
    request_stop(progress);
  }
}

}  // namespace hakoban
