#include "handlers/drain/drain_timeline.h"

#include <fmt/format.h>

#include "platform/log.h"
#include "platform/own_metrics.h"

namespace hakoban {

namespace {

std::string seconds_text(Duration duration) {
  return fmt::format("{:.3f}", as_seconds(duration));
}

std::string since_notice(const DrainState& state, TimePoint now) {
  return seconds_text(now - state.terms.since);
}

std::string slack(const DrainState& state, TimePoint now) {
  return state.deadline() == TimePoint::max() ? "none" : seconds_text(state.deadline() - now);
}

std::string time_text(TimePoint time) {
  return time == TimePoint::max() ? "never" : format_rfc3339(time);
}

// What a plan's lines look like, in a dry run and for tasks that do not fit.
std::string latest_text(const PlannedStop& stop) {
  return time_text(stop.latest);
}

}  // namespace

DrainTimeline::DrainTimeline(prometheus::Registry& registry) : metrics_(registry) {}

void DrainTimeline::begin(const DrainState& state, const DrainPlan& plan) {
  told_.clear();
  ended_.clear();
  failing_.clear();
  registered_again_seen_ = 0;
  metrics_.active(true);
  metrics_.deadline(state.deadline());
  log::info("drain planned", {{"notice", state.notice().id},
                              {"action", state.notice().action},
                              {"manner", name_of(state.terms.manner)},
                              {"deadline", time_text(plan.deadline)},
                              {"tasks", plan.stops.size()},
                              {"targets", plan.deregister.size()}});
  for (const PlannedStop& stop : plan.stops) {
    if (stop.task.unknown_wish.empty()) continue;
    log::warn("not a wish for an interruption: the task is stopped as its kind",
              {{"task", stop.task.arn},
               {"name", stop.task.name},
               {std::string{kOnInterruption}, stop.task.unknown_wish}});
  }
  for (const PlannedStop& stop : plan.stops) {
    if (stop.fits) continue;
    log::warn("stop timeout does not fit into the time left",
              {{"task", stop.task.arn},
               {"name", stop.task.name},
               {"stop_timeout", format_duration(stop.task.stop_timeout)},
               {"latest_stop_was", latest_text(stop)}});
  }
}

void DrainTimeline::resume(const DrainState& state) {
  for (const auto& [arn, progress] : state.tasks) {
    if (progress.told()) told_.insert(arn);
    if (progress.ended_at) ended_.insert(arn);
  }
  registered_again_seen_ = summarize(state).registered_again;
  metrics_.active(!state.finished_at);
  metrics_.deadline(state.deadline());
  log::info("drain goes on from its journal", {{"notice", state.notice().id},
                                               {"manner", name_of(state.terms.manner)},
                                               {"deadline", time_text(state.deadline())},
                                               {"tasks", state.tasks.size()}});
}

void DrainTimeline::tell(const DrainState& state, const DrainTurn& turn, TimePoint now) {
  tell_tasks(state, now);
  tell_conflicts(state);
  for (const Milestone& milestone : turn.milestones) tell_step(state, milestone, now);
}

void DrainTimeline::tell_conflicts(const DrainState& state) {
  if (state.drained_by_another()) {
    tell_conflict("draining_before", true,
                  "it was DRAINING before this drain, which works beside it and will not undo it");
  }
  if (state.lifecycle.managed) {
    tell_conflict("managed_draining", true,
                  "the capacity provider's managed draining holds it too, and completes its own hook");
  }
  if (state.lifecycle.hooks.empty() && state.lifecycle.foreign_hooks > 0) {
    tell_conflict(
        "foreign_hooks", true,
        "no hook of the group is known as this agent's (drain.lifecycle_hooks names them): EC2 waits for "
        "whoever completes the others");
  }
}

void DrainTimeline::tell_conflict(std::string_view with, bool seen, std::string_view hint) {
  metrics_.conflict(with, seen);
  const auto known = conflicts_.find(with);
  if (seen == (known != conflicts_.end())) return;
  if (!seen) {
    conflicts_.erase(known);
    return;
  }
  conflicts_.emplace(with);
  log::warn("another drainer works on this host", {{"with", with}, {"hint", hint}});
}

void DrainTimeline::tell_step(const DrainState& state, const Milestone& milestone, TimePoint now) {
  const std::string step{name_of(milestone.step)};
  metrics_.reached(state, step, now);
  switch (milestone.step) {
    case DrainStep::notice_seen:
      log::info("drain step", {{"step", step},
                               {"since_notice", since_notice(state, now)},
                               {"slack", slack(state, now)},
                               {"kind", name_of(state.notice().kind)},
                               {"action", state.notice().action},
                               {"manner", name_of(state.terms.manner)},
                               {"deadline", time_text(state.deadline())}});
      metrics_.active(true);
      metrics_.deadline(state.deadline());
      return;
    case DrainStep::draining_set:
      log::info("drain step", {{"step", step},
                               {"since_notice", since_notice(state, now)},
                               {"slack", slack(state, now)},
                               {"container_instance", state.container_instance_arn}});
      return;
    case DrainStep::targets_deregistered:
    case DrainStep::targets_out:
      log::info("drain step", {{"step", step},
                               {"since_notice", since_notice(state, now)},
                               {"slack", slack(state, now)},
                               {"targets", milestone.count}});
      return;
    case DrainStep::tasks_stop_requested:
    case DrainStep::tasks_stopped:
      log::info("drain step", {{"step", step},
                               {"since_notice", since_notice(state, now)},
                               {"slack", slack(state, now)},
                               {"kind", name_of(milestone.kind.value_or(TaskKind::unknown))},
                               {"tasks", milestone.count}});
      return;
    case DrainStep::logs_shipped:
    case DrainStep::hooks_completed:
    case DrainStep::called_off:
      if (milestone.step == DrainStep::called_off) metrics_.called_off();
      log::info("drain step",
                {{"step", step}, {"since_notice", since_notice(state, now)}, {"slack", slack(state, now)}});
      return;
    case DrainStep::returned:
      tell_returned(state, now);
      return;
    case DrainStep::drain_finished:
      tell_end(state, now);
      return;
  }
}

void DrainTimeline::tell_tasks(const DrainState& state, TimePoint now) {
  for (const auto& [arn, progress] : state.tasks) {
    if (progress.told() && told_.insert(arn).second) tell_told(state, progress, now);
    if (progress.ended_at && !progress.task.own && ended_.insert(arn).second) {
      tell_ended(state, progress, now);
    }
  }
  const std::size_t again = summarize(state).registered_again;
  if (again <= registered_again_seen_) return;
  metrics_.registered_again(again - registered_again_seen_);
  log::warn("somebody registered a target again", {{"times", again}});
  registered_again_seen_ = again;
}

void DrainTimeline::tell_told(const DrainState& state, const TaskProgress& progress, TimePoint now) {
  if (progress.told_while_registered) metrics_.told_while_registered();
  log::info("task told to stop", {{"task", progress.task.arn},
                                  {"name", progress.task.name},
                                  {"kind", name_of(progress.task.kind)},
                                  {"why", progress.why ? name_of(*progress.why) : "unknown"},
                                  {"how", name_of(progress.how())},
                                  {"registered", progress.told_while_registered},
                                  {"since_notice", since_notice(state, now)}});
}

void DrainTimeline::tell_ended(const DrainState& state, const TaskProgress& progress, TimePoint now) {
  const std::string kind{name_of(progress.task.kind)};
  const std::string how{name_of(progress.how())};
  metrics_.stopped(progress);
  log::info("task ended", {{"task", progress.task.arn},
                           {"name", progress.task.name},
                           {"kind", kind},
                           {"how", how},
                           {"since_notice", since_notice(state, now)},
                           {"slack", slack(state, now)}});
}

void DrainTimeline::tell_end(const DrainState& state, TimePoint now) {
  const DrainSummary summary = summarize(state);
  metrics_.ended(state, summary, now);
  log::write(summary.missed ? log::Level::error : log::Level::info, "drain step",
             {{"step", name_of(DrainStep::drain_finished)},
              {"since_notice", since_notice(state, now)},
              {"slack", slack(state, now)},
              {"missed", summary.missed},
              {"draining", state.draining_at.has_value()},
              {"tasks_ended", summary.tasks_ended},
              {"tasks_left", summary.tasks_left},
              {"targets_not_out", summary.targets_not_out},
              {"told_while_registered", summary.told_while_registered},
              {"log_bytes_left", summary.log_bytes_left}});
}

void DrainTimeline::tell_returned(const DrainState& state, TimePoint now) {
  metrics_.active(false);
  metrics_.no_deadline();
  const bool left = state.draining_at.has_value() || state.draining_tried_at.has_value();
  log::write(left ? log::Level::warn : log::Level::info, "drain step",
             {{"step", name_of(DrainStep::returned)},
              {"since_notice", since_notice(state, now)},
              {"container_instance", state.container_instance_arn},
              {"left_draining", left},
              {"drained_by_another", state.drained_by_another()}});
}

void DrainTimeline::note_call(const DrainState& state, const CallEnded& call, TimePoint now) {
  const std::pair key{call.action.call, call.action.subject};
  if (!call.error) {
    if (failing_.erase(key) > 0) {
      log::info("drain call works again",
                {{"call", name_of(call.action.call)}, {"subject", call.action.subject}});
    }
    return;
  }
  metrics_.call_failed(call.action.call, *call.error);
  std::string& last = failing_[key];
  if (last == call.error->what) return;
  last = call.error->what;
  log::warn("drain call fails", {{"call", name_of(call.action.call)},
                                 {"subject", call.action.subject},
                                 {"error", *call.error},
                                 {"slack", slack(state, now)}});
}

void DrainTimeline::journal_failed(const Error& error) {
  metrics_.journal_failed();
  if (journal_error_ == error.what) return;
  journal_error_ = error.what;
  log::error("the drain's journal fails; a restart would begin the drain anew", {{"error", error}});
}

void DrainTimeline::tell_plan(const Notice& notice, const DrainPlan& plan, const HostView& view) const {
  log::info("dry run: would set the container instance DRAINING",
            {{"notice", notice.id}, {"container_instance", view.ecs.container_instance_arn}});
  for (const TargetRef& target : plan.deregister) {
    log::info("dry run: would deregister",
              {{"group", target.group_arn}, {"target", target.target_id}, {"port", target.port}});
  }
  for (const PlannedStop& stop : plan.stops) {
    log::info("dry run: would stop task", {{"task", stop.task.arn},
                                           {"name", stop.task.name},
                                           {"kind", name_of(stop.task.kind)},
                                           {"rule", name_of(stop.rule)},
                                           {"latest", latest_text(stop)},
                                           {"fits", stop.fits}});
  }
}

}  // namespace hakoban
