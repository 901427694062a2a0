#include "handlers/drain/drain_view.h"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace hakoban {

namespace {

using Json = nlohmann::json;

Json when(const std::optional<TimePoint>& time) {
  return time && *time < TimePoint::max() ? Json(format_rfc3339(*time)) : Json{};
}

Json seconds(Duration duration) {
  return as_seconds(duration);
}

Json view_of(const Notice& notice) {
  return {{"kind", name_of(notice.kind)},
          {"id", notice.id},
          {"action", notice.action},
          {"deadline", when(notice.deadline)},
          {"seen_at", when(notice.seen_at)}};
}

Json view_of(const DrainCause& cause) {
  Json view = view_of(cause.notice);
  view["manner"] = name_of(cause.terms.manner);
  view["begin_at"] = when(cause.terms.begin_at);
  view["deadline"] = when(cause.terms.deadline);
  view["final"] = cause.terms.final;
  view["standing"] = !cause.notice.withdrawn && !cause.dismissed;
  return view;
}

Json view_of(const TaskProgress& progress, const PlannedStop* planned) {
  const RunningTask& task = progress.task;
  Json view = {{"arn", task.arn},
               {"name", task.name},
               {"kind", name_of(task.kind)},
               {"own", task.own},
               {"on_interruption", name_of(task.on_interruption)},
               {"stop_timeout", seconds(task.stop_timeout)},
               {"protected", progress.spared},
               {"stop_requested_at", when(progress.requested_at)},
               {"docker_stop_at", when(progress.local_stop_at)},
               {"ended_at", when(progress.ended_at)},
               {"why", progress.why ? Json(name_of(*progress.why)) : Json{}}};
  if (planned == nullptr) return view;
  view["rule"] = name_of(planned->rule);
  view["take_out_at"] = when(planned->take_out_at);
  view["latest_stop"] = when(planned->latest);
  view["fits"] = planned->fits;
  return view;
}

Json tasks_of(const DrainState& state, const DrainPolicy& policy, TimePoint now) {
  const DrainPlan plan = plan_of(state, policy, now);
  Json tasks = Json::array();
  for (const auto& [arn, progress] : state.tasks) {
    const auto planned =
        std::find_if(plan.stops.begin(), plan.stops.end(),
                     [&task = arn](const PlannedStop& stop) { return stop.task.arn == task; });
    tasks.push_back(view_of(progress, planned == plan.stops.end() ? nullptr : &*planned));
  }
  return tasks;
}

Json targets_of(const DrainState& state) {
  Json targets = Json::array();
  for (const auto& [ref, target] : state.targets) {
    targets.push_back({{"group", ref.group_arn},
                       {"id", ref.target_id},
                       {"port", ref.port},
                       {"deregistered_at", when(target.deregistered_at)},
                       {"out", target.out},
                       {"registered_again", target.registered_again}});
  }
  return targets;
}

Json summary_of(const DrainState& state) {
  const DrainSummary summary = summarize(state);
  return {{"missed", state.finished_at && summary.missed},
          {"tasks_ended", summary.tasks_ended},
          {"tasks_left", summary.tasks_left},
          {"targets_not_out", summary.targets_not_out},
          {"told_while_registered", summary.told_while_registered},
          {"log_bytes_left", summary.log_bytes_left}};
}

Json view_of(const DrainState& state, const DrainPolicy& policy, TimePoint now) {
  Json causes = Json::array();
  for (const auto& [id, cause] : state.causes) causes.push_back(view_of(cause));
  Json steps = Json::object();
  for (const auto& [step, at] : state.reached) steps[step] = format_rfc3339(at);
  const bool timed = state.deadline() < TimePoint::max();
  return {{"manner", name_of(state.terms.manner)},
          {"since", when(state.terms.since)},
          {"deadline", when(state.deadline())},
          {"final_deadline", when(state.terms.final_deadline)},
          {"slack", timed ? seconds(state.deadline() - now) : Json{}},
          {"cluster", state.cluster},
          {"container_instance", state.container_instance_arn},
          {"draining_at", when(state.draining_at)},
          {"drained_by_another", state.drained_by_another()},
          {"called_off_at", when(state.called_off_at)},
          {"returned_at", when(state.returned_at)},
          {"finished_at", when(state.finished_at)},
          {"causes", std::move(causes)},
          {"steps", std::move(steps)},
          {"tasks", tasks_of(state, policy, now)},
          {"targets", targets_of(state)},
          {"summary", summary_of(state)}};
}

}  // namespace

std::string_view phase_of(const DrainStatus& status) {
  if (!status.drain) return status.waiting.empty() ? "none" : "waiting";
  const DrainState& state = *status.drain;
  if (state.returned_at) return status.waiting.empty() ? "returned" : "waiting";
  if (state.called_off_at) return "returning";
  return state.finished_at ? "drained" : "draining";
}

std::string format_drain_view(const DrainStatus& status, const DrainPolicy& policy, TimePoint now) {
  Json waiting = Json::array();
  for (const Notice& notice : status.waiting) {
    Json view = view_of(notice);
    view["begin_at"] = when(terms_of(notice, policy.notices).begin_at);
    waiting.push_back(std::move(view));
  }
  const Json view = {{"phase", phase_of(status)},
                     {"drain", status.drain ? view_of(*status.drain, policy, now) : Json{}},
                     {"waiting", std::move(waiting)}};
  return view.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace hakoban
