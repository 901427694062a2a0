#include "handlers/drain/drain_timeline.h"

#include <fmt/format.h>

#include "platform/log.h"
#include "platform/own_metrics.h"

namespace hakoban {

namespace {

const prometheus::Histogram::BucketBoundaries kBuckets = {0.1, 0.25, 0.5, 1,  2,  5,   10,  20,
                                                          30,  45,   60,  75, 90, 105, 120, 180};

std::string seconds_text(Duration duration) {
  return fmt::format("{:.3f}", as_seconds(duration));
}

std::string since_notice(const DrainState& state, TimePoint now) {
  return seconds_text(now - state.notice.seen_at);
}

std::string slack(const DrainState& state, TimePoint now) {
  return seconds_text(state.deadline() - now);
}

// What a plan's lines look like, in a dry run and for tasks that do not fit.
std::string latest_text(const PlannedStop& stop) {
  return stop.rule == StopRule::never ? "never" : format_rfc3339(stop.latest);
}

}  // namespace

DrainTimeline::DrainTimeline(prometheus::Registry& registry)
    : step_seconds_(prometheus::BuildHistogram()
                        .Name("hakoban_drain_step_seconds")
                        .Help("From the notice to each step of a drain")
                        .Register(registry)),
      slack_seconds_(prometheus::BuildGauge()
                         .Name("hakoban_drain_slack_seconds")
                         .Help("What was left until the deadline when the step was last reached")
                         .Register(registry)),
      active_(prometheus::BuildGauge()
                  .Name("hakoban_drain_active")
                  .Help("Whether the host is being drained")
                  .Register(registry)
                  .Add({})),
      deadline_(prometheus::BuildGauge()
                    .Name("hakoban_drain_deadline_timestamp_seconds")
                    .Help("When the host has to be empty; absent without a notice")
                    .Register(registry)),
      api_failures_(prometheus::BuildCounter()
                        .Name("hakoban_drain_api_failures_total")
                        .Help("Calls of a drain that failed; each is tried again within the time left")
                        .Register(registry)),
      tasks_stopped_(prometheus::BuildCounter()
                         .Name("hakoban_drain_tasks_stopped_total")
                         .Help("Tasks that ended during a drain, by kind and by what made them end")
                         .Register(registry)),
      missed_(counter(registry, "hakoban_drain_missed_deadline_total",
                      "Drains that left something undone at their deadline")),
      while_registered_(counter(registry, "hakoban_drain_stopped_while_registered_total",
                                "Tasks told to stop while a load balancer could still send them requests")),
      registered_again_(counter(registry, "hakoban_drain_registered_again_total",
                                "Targets that somebody registered again during a drain")),
      journal_failures_(counter(registry, "hakoban_drain_journal_failures_total",
                                "Times that the journal of a drain could not be written or read")) {
  for (const DrainCall call : {DrainCall::set_draining, DrainCall::deregister, DrainCall::check_health,
                               DrainCall::stop_task, DrainCall::stop_locally}) {
    api_failures_.Add({{"call", std::string{name_of(call)}}});
  }
}

void DrainTimeline::begin(const DrainState& state, const DrainPlan& plan) {
  told_.clear();
  ended_.clear();
  failing_.clear();
  registered_again_seen_ = 0;
  set_gauges(state, true);
  log::info("drain planned", {{"notice", state.notice.id},
                              {"action", state.notice.action},
                              {"deadline", format_rfc3339(plan.deadline)},
                              {"tasks", plan.stops.size()},
                              {"targets", plan.deregister.size()}});
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
  set_gauges(state, !state.finished_at);
  log::info("drain goes on from its journal", {{"notice", state.notice.id},
                                               {"deadline", format_rfc3339(state.deadline())},
                                               {"tasks", state.tasks.size()}});
}

void DrainTimeline::set_gauges(const DrainState& state, bool active) {
  active_.Set(active ? 1 : 0);
  deadline_.Add({}).Set(as_seconds(state.deadline().time_since_epoch()));
}

void DrainTimeline::tell(const DrainState& state, const DrainTurn& turn, TimePoint now) {
  tell_tasks(state, now);
  for (const Milestone& milestone : turn.milestones) tell_step(state, milestone, now);
}

void DrainTimeline::tell_step(const DrainState& state, const Milestone& milestone, TimePoint now) {
  const std::string step{name_of(milestone.step)};
  step_seconds_.Add({{"step", step}}, kBuckets).Observe(as_seconds(now - state.notice.seen_at));
  slack_seconds_.Add({{"step", step}}).Set(as_seconds(state.deadline() - now));
  switch (milestone.step) {
    case DrainStep::notice_seen:
      log::info("drain step", {{"step", step},
                               {"since_notice", since_notice(state, now)},
                               {"slack", slack(state, now)},
                               {"kind", name_of(state.notice.kind)},
                               {"action", state.notice.action},
                               {"deadline", format_rfc3339(state.deadline())}});
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
      log::info("drain step",
                {{"step", step}, {"since_notice", since_notice(state, now)}, {"slack", slack(state, now)}});
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
  registered_again_.Increment(static_cast<double>(again - registered_again_seen_));
  log::warn("somebody registered a target again", {{"times", again}});
  registered_again_seen_ = again;
}

void DrainTimeline::tell_told(const DrainState& state, const TaskProgress& progress, TimePoint now) {
  if (progress.told_while_registered) while_registered_.Increment();
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
  tasks_stopped_.Add({{"kind", kind}, {"how", how}}).Increment();
  log::info("task ended", {{"task", progress.task.arn},
                           {"name", progress.task.name},
                           {"kind", kind},
                           {"how", how},
                           {"since_notice", since_notice(state, now)},
                           {"slack", slack(state, now)}});
}

void DrainTimeline::tell_end(const DrainState& state, TimePoint now) {
  const DrainSummary summary = summarize(state);
  active_.Set(0);
  if (summary.missed) missed_.Increment();
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

void DrainTimeline::note_call(const DrainState& state, const CallEnded& call, TimePoint now) {
  const std::pair key{call.action.call, call.action.subject};
  if (!call.error) {
    if (failing_.erase(key) > 0) {
      log::info("drain call works again",
                {{"call", name_of(call.action.call)}, {"subject", call.action.subject}});
    }
    return;
  }
  api_failures_.Add({{"call", std::string{name_of(call.action.call)}}}).Increment();
  std::string& last = failing_[key];
  if (last == call.error->what) return;
  last = call.error->what;
  log::warn("drain call fails", {{"call", name_of(call.action.call)},
                                 {"subject", call.action.subject},
                                 {"error", *call.error},
                                 {"slack", slack(state, now)}});
}

void DrainTimeline::journal_failed(const Error& error) {
  journal_failures_.Increment();
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
