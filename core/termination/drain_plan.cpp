#include "core/termination/drain_plan.h"

#include <algorithm>

namespace hakoban {

namespace {

StopRule rule_by_kind(const RunningTask& task) {
  if (!task.targets.empty()) return StopRule::after_targets_out;
  if (task.behind_classic_elb) return StopRule::at_latest;
  return task.kind == TaskKind::batch ? StopRule::at_once : StopRule::after_grace;
}

StopRule hard_rule(const RunningTask& task) {
  if (task.own) return StopRule::never;
  if (task.kind == TaskKind::daemon) return StopRule::after_others;
  switch (task.on_interruption) {
    case OnInterruption::stop:
      return task.targets.empty() ? StopRule::at_once : StopRule::after_targets_out;
    case OnInterruption::run_until_deadline:
      return StopRule::at_latest;
    case OnInterruption::notify:
      return task.kind == TaskKind::service ? rule_by_kind(task) : StopRule::at_latest;
    case OnInterruption::by_kind:
      break;
  }
  return rule_by_kind(task);
}

StopRule gentle_rule(const RunningTask& task) {
  if (task.own) return StopRule::never;
  if (task.kind == TaskKind::daemon) return StopRule::after_others;
  if (task.kind == TaskKind::batch && task.targets.empty() && task.on_interruption == OnInterruption::stop) {
    return StopRule::at_once;
  }
  return task.targets.empty() ? StopRule::at_latest : StopRule::after_targets_out;
}

class Planner {
 public:
  Planner(const DrainTerms& terms, const std::vector<std::string>& spared, const DrainPolicy& policy,
          TimePoint now)
      : terms_(terms), spared_(spared), policy_(policy), now_(now) {}

  [[nodiscard]] PlannedStop plan(const RunningTask& task) const {
    PlannedStop stop;
    stop.task = task;
    if (terms_.manner <= Manner::mark) return never(stop);
    const bool gentle = terms_.manner == Manner::gentle;
    stop.rule = gentle ? gentle_rule(task) : hard_rule(task);
    if (stop.rule == StopRule::never) {
      stop = never(stop);
      if (!gentle) stop.take_out_at = terms_.since;
      return stop;
    }
    stop.held = gentle && std::find(spared_.begin(), spared_.end(), task.arn) != spared_.end();
    if (stop.held && !terms_.final_deadline) return never(stop);
    if (stop.held) stop.rule = StopRule::at_latest;
    const TimePoint deadline = stop.held ? *terms_.final_deadline : terms_.deadline;
    stop.latest = deadline - policy_.log_reserve - policy_.margin - task.stop_timeout;
    stop.fits = stop.latest >= now_;
    if (!task.targets.empty()) stop.latest = std::max(stop.latest, least_wait_over(deadline));
    stop.take_out_at = gentle ? take_out_at(stop) : terms_.since;
    return stop;
  }

 private:
  static PlannedStop never(PlannedStop stop) {
    stop.rule = StopRule::never;
    stop.latest = TimePoint::max();
    stop.take_out_at = TimePoint::max();
    return stop;
  }

  // A forced stop still leaves load balancers a moment to hear of the deregistration, out of a time that is
  // too short in any case.
  [[nodiscard]] TimePoint least_wait_over(TimePoint deadline) const {
    const Duration budget = std::max(Duration{0}, deadline - terms_.since);
    return terms_.since + std::min(policy_.least_balancer_wait, budget / 10);
  }

  [[nodiscard]] TimePoint take_out_at(const PlannedStop& stop) const {
    Duration wait{};
    if (!stop.task.targets.empty()) {
      wait = std::min(stop.task.deregistration_delay + policy_.least_balancer_wait,
                      policy_.longest_balancer_wait);
    }
    if (!stop.task.discovery.empty()) wait = std::max(wait, policy_.discovery_grace);
    return std::max(terms_.since, stop.latest - wait);
  }

  const DrainTerms& terms_;
  const std::vector<std::string>& spared_;
  const DrainPolicy& policy_;
  const TimePoint now_;
};

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

DrainTerms drain_terms(const Notice& notice, const DrainPolicy& policy) {
  const NoticeTerms terms = terms_of(notice, policy.notices);
  return {terms.manner, notice.seen_at, terms.deadline,
          terms.final ? std::optional{terms.deadline} : std::nullopt};
}

DrainPlan plan_drain(const DrainTerms& terms, const std::vector<RunningTask>& tasks,
                     const std::vector<std::string>& protected_tasks, const DrainPolicy& policy,
                     TimePoint now) {
  DrainPlan plan;
  plan.deadline = terms.deadline;
  plan.stopped_by = plan.deadline - policy.log_reserve;
  const Planner planner{terms, protected_tasks, policy, now};
  for (const RunningTask& task : tasks) {
    plan.stops.push_back(planner.plan(task));
    if (now < plan.stops.back().take_out_at) continue;
    plan.deregister.insert(plan.deregister.end(), task.targets.begin(), task.targets.end());
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
