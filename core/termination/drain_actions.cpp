#include <algorithm>

#include "core/termination/drain_turn.h"

namespace hakoban {

namespace {

// No container is given less than this between SIGTERM and SIGKILL, late as it may be.
constexpr Duration kLeastPatience = 1s;

// Gathers the actions of one turn.
class Turn {
 public:
  Turn(DrainState& state, const DrainPolicy& policy, TimePoint now)
      : state_(state), policy_(policy), now_(now) {}

  std::vector<DrainAction> actions() && {
    want_draining();
    want_deregistration();
    want_health();
    want_stops();
    return std::move(actions_);
  }

 private:
  void start(DrainAction action) {
    Attempt& attempt = state_.attempts[{action.call, action.subject}];
    if (attempt.in_flight || now_ < attempt.not_before) return;
    attempt.in_flight = true;
    actions_.push_back(std::move(action));
  }

  [[nodiscard]] bool under_way(DrainCall call, const std::string& subject) const {
    const auto found = state_.attempts.find({call, subject});
    return found != state_.attempts.end() && found->second.in_flight;
  }

  void want_draining() {
    if (state_.draining_at || state_.container_instance_arn.empty()) return;
    start({DrainCall::set_draining, state_.container_instance_arn, state_.cluster, {}, {}, {}});
  }

  void want_deregistration() {
    std::map<std::string, std::vector<TargetRef>> by_group;
    for (const auto& [target, progress] : state_.targets) {
      if (!progress.deregistered_at) by_group[target.group_arn].push_back(target);
    }
    for (auto& [group, targets] : by_group) {
      start({DrainCall::deregister, group, {}, {}, std::move(targets), {}});
    }
  }

  // All that are deregistered are watched to the end, those that are out more seldom: ECS may register them
  // again.
  void want_health() {
    if (state_.finished_at) return;
    std::map<std::string, std::vector<TargetRef>> by_group;
    for (const auto& [target, progress] : state_.targets) {
      if (progress.deregistered_at) by_group[target.group_arn].push_back(target);
    }
    for (auto& [group, targets] : by_group) {
      start({DrainCall::check_health, group, {}, {}, std::move(targets), {}});
    }
  }

  void want_stops() {
    std::vector<RunningTask> running;
    for (const auto& [arn, progress] : state_.tasks) {
      if (!progress.ended_at && !progress.task.own) running.push_back(progress.task);
    }
    const DrainPlan plan = plan_drain(state_.notice, running, policy_, now_);
    for (const PlannedStop& stop : plan.stops) {
      TaskProgress& progress = state_.tasks.at(stop.task.arn);
      // A reason may pass again, as when a target is back, until it has been acted on.
      if (!progress.told() && !under_way(DrainCall::stop_task, stop.task.arn)) progress.why = why_now(stop);
      if (!progress.why) continue;
      if (!progress.requested_at && !progress.refused) {
        start({DrainCall::stop_task,
               stop.task.arn,
               stop.task.cluster.empty() ? state_.cluster : stop.task.cluster,
               stop.task.arn,
               {},
               {}});
      }
      if (needs_local_stop(stop, progress, plan)) stop_locally(progress, plan);
    }
  }

  // When DRAINING counts as settled: accepted, or waited for long enough.
  [[nodiscard]] TimePoint gate() const {
    return state_.draining_at.value_or(state_.notice.seen_at + policy_.draining_patience);
  }

  [[nodiscard]] bool targets_out(const RunningTask& task) const {
    return std::all_of(task.targets.begin(), task.targets.end(),
                       [&](const TargetRef& target) { return state_.targets.at(target).out; });
  }

  [[nodiscard]] std::optional<StopWhy> why_now(const PlannedStop& stop) const {
    if (now_ >= gate()) {
      if (const auto why = why_by_rule(stop)) return why;
    }
    if (now_ >= stop.latest) return StopWhy::latest_time;
    return std::nullopt;
  }

  [[nodiscard]] std::optional<StopWhy> why_by_rule(const PlannedStop& stop) const {
    switch (stop.rule) {
      case StopRule::at_once:
        return StopWhy::draining_set;
      case StopRule::after_targets_out:
        if (targets_out(stop.task)) return StopWhy::targets_out;
        return std::nullopt;
      case StopRule::after_grace: {
        const bool known = stop.task.kind != TaskKind::unknown;
        const TimePoint over =
            known ? gate() + policy_.service_grace : state_.notice.seen_at + policy_.unknown_grace;
        if (now_ >= over) return StopWhy::grace_over;
        return std::nullopt;
      }
      case StopRule::after_others:
        if (state_.all_ended(false) && targets_out(stop.task)) return StopWhy::others_ended;
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
  [[nodiscard]] bool needs_local_stop(const PlannedStop& stop, const TaskProgress& progress,
                                      const DrainPlan& plan) const {
    const TimePoint last_moment = stop.latest + policy_.margin / 2;
    if (!progress.requested_at) return progress.refused || now_ >= last_moment;
    TimePoint overdue =
        std::max(last_moment, *progress.requested_at + stop.task.stop_timeout + policy_.margin);
    if (!stop.task.stop_timeout_known) overdue = std::max(overdue, plan.stopped_by - policy_.margin);
    return now_ >= overdue;
  }

  void stop_locally(TaskProgress& progress, const DrainPlan& plan) {
    const Duration left = std::max(kLeastPatience, plan.stopped_by - now_);
    for (const RunningContainer& container : progress.containers) {
      start({DrainCall::stop_locally,
             container.id,
             {},
             progress.task.arn,
             {},
             std::min(container.stop_timeout, left)});
    }
    if (progress.local_stop_at || progress.containers.empty()) return;
    progress.local_stop_at = now_;
    if (progress.requested_at) return;
    for (const TargetRef& target : progress.task.targets) {
      const TargetProgress& seen = state_.targets.at(target);
      progress.told_while_registered |= !seen.deregistered_at && !seen.out;
    }
  }

  DrainState& state_;
  const DrainPolicy& policy_;
  const TimePoint now_;
  std::vector<DrainAction> actions_;
};

}  // namespace

std::vector<DrainAction> due_actions(DrainState& state, const DrainPolicy& policy, TimePoint now) {
  if (now >= gives_up_at(state, policy)) return {};
  return Turn{state, policy, now}.actions();
}

}  // namespace hakoban
