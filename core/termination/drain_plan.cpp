#include "core/termination/drain_plan.h"

#include <algorithm>

namespace hakoban {

namespace {

StopRule rule_for(const RunningTask& task) {
  if (task.own) return StopRule::never;
  if (task.kind == TaskKind::daemon) return StopRule::after_others;
  if (!task.targets.empty()) return StopRule::after_targets_out;
  if (task.behind_classic_elb) return StopRule::at_latest;
  return task.kind == TaskKind::batch ? StopRule::at_once : StopRule::after_grace;
}

// A forced stop still leaves load balancers a moment to hear of the deregistration, out of a time that is too
// short in any case.
TimePoint least_wait_over(const Notice& notice, TimePoint deadline, const DrainPolicy& policy) {
  const Duration budget = std::max(Duration{0}, deadline - notice.seen_at);
  return notice.seen_at + std::min(policy.least_balancer_wait, budget / 10);
}

PlannedStop plan_stop(const RunningTask& task, const Notice& notice, TimePoint deadline,
                      const DrainPolicy& policy, TimePoint now) {
  PlannedStop stop{task, rule_for(task), deadline - policy.log_reserve - policy.margin - task.stop_timeout,
                   true};
  if (stop.rule == StopRule::never) return stop;
  stop.fits = stop.latest >= now;
  if (!task.targets.empty()) {
    stop.latest = std::max(stop.latest, least_wait_over(notice, deadline, policy));
  }
  return stop;
}

bool comes_before(const PlannedStop& left, const PlannedStop& right) {
  const auto last = [](const PlannedStop& stop) {
    return stop.rule == StopRule::never ? 2 : stop.rule == StopRule::after_others ? 1 : 0;
  };
  if (last(left) != last(right)) return last(left) < last(right);
  if (left.latest != right.latest) return left.latest < right.latest;
  return left.task.arn < right.task.arn;
}

}  // namespace

std::string_view name_of(StopRule rule) {
  switch (rule) {
    case StopRule::at_once:
      return "at_once";
    case StopRule::after_targets_out:
      return "after_targets_out";
    case StopRule::after_grace:
      return "after_grace";
    case StopRule::after_others:
      return "after_others";
    case StopRule::at_latest:
      return "at_latest";
    case StopRule::never:
      return "never";
  }
  return "unknown";
}

bool still_running(const TaskView& task) {
  if (!task.containers.empty()) return task.alive();
  return !task.last_status.empty() && task.last_status != "STOPPED";
}

RunningTask running_task(const TaskView& task, const DrainPolicy& policy) {
  RunningTask running;
  running.arn = task.arn;
  running.cluster = task.cluster;
  running.name = task.service.empty() ? task.family : task.service;
  running.kind = task.kind;
  running.stop_timeout = task.stop_timeout(policy.default_stop_timeout);
  running.stop_timeout_known = std::any_of(task.containers.begin(), task.containers.end(),
                                           [](const ContainerView& c) { return c.stop_timeout.has_value(); });
  if (task.containers.empty()) running.stop_timeout = policy.default_stop_timeout;
  running.targets = task.targets;
  running.behind_classic_elb = !task.classic_elbs.empty();
  running.own = task.own;
  return running;
}

TimePoint deadline_of(const Notice& notice, const DrainPolicy& policy) {
  return notice.deadline.value_or(notice.seen_at + policy.default_budget);
}

DrainPlan plan_drain(const Notice& notice, const std::vector<RunningTask>& tasks, const DrainPolicy& policy,
                     TimePoint now) {
  DrainPlan plan;
  plan.deadline = deadline_of(notice, policy);
  plan.stopped_by = plan.deadline - policy.log_reserve;
  for (const RunningTask& task : tasks) {
    plan.deregister.insert(plan.deregister.end(), task.targets.begin(), task.targets.end());
    plan.stops.push_back(plan_stop(task, notice, plan.deadline, policy, now));
  }
  std::sort(plan.deregister.begin(), plan.deregister.end());
  plan.deregister.erase(std::unique(plan.deregister.begin(), plan.deregister.end()), plan.deregister.end());
  std::sort(plan.stops.begin(), plan.stops.end(), comes_before);
  return plan;
}

std::vector<std::string> DrainPlan::too_long() const {
  std::vector<std::string> arns;
  for (const PlannedStop& stop : stops) {
    if (!stop.fits) arns.push_back(stop.task.arn);
  }
  return arns;
}

}  // namespace hakoban
