#include "handlers/drain/drain_metrics.h"

#include <string>

#include "platform/own_metrics.h"

namespace hakoban {

namespace {

// Two minutes in detail, then the hours of a gentle drain.
const prometheus::Histogram::BucketBoundaries kBuckets = {
    0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 30, 45, 60, 75, 90, 105, 120, 180, 600, 1800, 3600, 14400};
const prometheus::Histogram::BucketBoundaries kSlackBuckets = {-60, -10, -1, 0,  1,  2,   5,   10,  20,
                                                               30,  45,  60, 75, 90, 105, 120, 600, 1800};

template <class Metric, class Builder>
prometheus::Family<Metric>& family(Builder builder, prometheus::Registry& registry, const std::string& name,
                                   const std::string& help) {
  return builder.Name(name).Help(help).Register(registry);
}

}  // namespace

DrainMetrics::DrainMetrics(prometheus::Registry& registry)
    : step_seconds_(family<prometheus::Histogram>(prometheus::BuildHistogram(), registry,
                                                  "hakoban_drain_step_seconds",
                                                  "From the notice to each step of a drain")),
      slack_seconds_(
          family<prometheus::Gauge>(prometheus::BuildGauge(), registry, "hakoban_drain_slack_seconds",
                                    "What was left until the deadline when the step was last reached")),
      final_slack_seconds_(family<prometheus::Histogram>(
          prometheus::BuildHistogram(), registry, "hakoban_drain_final_slack_seconds",
          "What was left until the deadline when a drain was over; below 0 it was missed")),
      active_(family<prometheus::Gauge>(prometheus::BuildGauge(), registry, "hakoban_drain_active",
                                        "Whether the host is being drained")
                  .Add({})),
      deadline_(family<prometheus::Gauge>(prometheus::BuildGauge(), registry,
                                          "hakoban_drain_deadline_timestamp_seconds",
                                          "When the host has to be empty; absent without a notice")),
      api_failures_(family<prometheus::Counter>(
          prometheus::BuildCounter(), registry, "hakoban_drain_api_failures_total",
          "Calls of a drain that failed; each is tried again within the time left")),
      throttled_(family<prometheus::Counter>(prometheus::BuildCounter(), registry,
                                             "hakoban_drain_throttled_total",
                                             "Calls of a drain that AWS throttled")),
      tasks_stopped_(family<prometheus::Counter>(
          prometheus::BuildCounter(), registry, "hakoban_drain_tasks_stopped_total",
          "Tasks that ended during a drain, by kind and by what made them end")),
      drains_(family<prometheus::Counter>(prometheus::BuildCounter(), registry, "hakoban_drains_total",
                                          "Drains that are over, by the kind of notice and how they went")),
      missed_(counter(registry, "hakoban_drain_missed_deadline_total",
                      "Drains that left something undone at their deadline")),
      called_off_(
          counter(registry, "hakoban_drain_called_off_total", "Drains whose every notice was withdrawn")),
      while_registered_(counter(registry, "hakoban_drain_stopped_while_registered_total",
                                "Tasks told to stop while a load balancer could still send them requests")),
      registered_again_(counter(registry, "hakoban_drain_registered_again_total",
                                "Targets that somebody registered again during a drain")),
      journal_failures_(counter(registry, "hakoban_drain_journal_failures_total",
                                "Times that the journal of a drain could not be written or read")),
      conflict_(family<prometheus::Gauge>(prometheus::BuildGauge(), registry, "hakoban_drain_conflict",
                                          "Whether another drainer works on this host besides hakoban")) {
  for (const DrainCall call : {DrainCall::set_draining, DrainCall::deregister, DrainCall::check_health,
                               DrainCall::stop_task, DrainCall::stop_locally}) {
    api_failures_.Add({{"call", std::string{name_of(call)}}});
    throttled_.Add({{"call", std::string{name_of(call)}}});
  }
}

void DrainMetrics::reached(const DrainState& state, std::string_view step, TimePoint now) {
  const prometheus::Labels labels{{"step", std::string{step}}};
  step_seconds_.Add(labels, kBuckets).Observe(as_seconds(now - state.terms.since));
  if (state.deadline() < TimePoint::max()) slack_seconds_.Add(labels).Set(as_seconds(state.deadline() - now));
}

void DrainMetrics::active(bool active) {
  active_.Set(active ? 1 : 0);
}

void DrainMetrics::deadline(TimePoint deadline) {
  if (deadline == TimePoint::max()) return no_deadline();
  deadline_.Add({}).Set(as_seconds(deadline.time_since_epoch()));
}

void DrainMetrics::no_deadline() {
  deadline_.Remove(&deadline_.Add({}));
}

void DrainMetrics::call_failed(DrainCall call, const Error& error) {
  const prometheus::Labels labels{{"call", std::string{name_of(call)}}};
  api_failures_.Add(labels).Increment();
  if (error.code == Errc::throttled) throttled_.Add(labels).Increment();
}

void DrainMetrics::stopped(const TaskProgress& progress) {
  tasks_stopped_
      .Add(
          {{"kind", std::string{name_of(progress.task.kind)}}, {"how", std::string{name_of(progress.how())}}})
      .Increment();
}

void DrainMetrics::told_while_registered() {
  while_registered_.Increment();
}

void DrainMetrics::registered_again(std::size_t times) {
  registered_again_.Increment(static_cast<double>(times));
}

void DrainMetrics::ended(const DrainState& state, const DrainSummary& summary, TimePoint now) {
  active_.Set(0);
  const std::string kind{name_of(state.notice().kind)};
  drains_.Add({{"kind", kind}, {"result", summary.missed ? "missed" : "done"}}).Increment();
  if (summary.missed) missed_.Increment();
  if (state.deadline() == TimePoint::max()) return;
  final_slack_seconds_.Add({{"kind", kind}}, kSlackBuckets).Observe(as_seconds(state.deadline() - now));
}

void DrainMetrics::called_off() {
  called_off_.Increment();
}

void DrainMetrics::journal_failed() {
  journal_failures_.Increment();
}

void DrainMetrics::conflict(std::string_view with, bool seen) {
  conflict_.Add({{"with", std::string{with}}}).Set(seen ? 1 : 0);
}

}  // namespace hakoban
