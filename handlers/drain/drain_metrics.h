// What the drainer counts. Durations are since the notice that set the drain's manner.
#pragma once

#include <string_view>

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include "core/termination/drain_machine.h"

namespace hakoban {

// Families live in the registry, which must outlive this. Thread-safe as prometheus-cpp is.
class DrainMetrics {
 public:
  explicit DrainMetrics(prometheus::Registry& registry);

  void reached(const DrainState& state, std::string_view step, TimePoint now);
  void active(bool active);
  void deadline(TimePoint deadline);
  void no_deadline();
  void call_failed(DrainCall call, const Error& error);
  void stopped(const TaskProgress& progress);
  void told_while_registered();
  void registered_again(std::size_t times);
  void ended(const DrainState& state, const DrainSummary& summary, TimePoint now);
  void called_off();
  void journal_failed();
  // `with`: "ecs_spot_draining", "managed_draining", "another_drainer", "draining_before".
  void conflict(std::string_view with, bool seen);

 private:
  prometheus::Family<prometheus::Histogram>& step_seconds_;
  prometheus::Family<prometheus::Gauge>& slack_seconds_;
  prometheus::Family<prometheus::Histogram>& final_slack_seconds_;
  prometheus::Gauge& active_;
  prometheus::Family<prometheus::Gauge>& deadline_;
  prometheus::Family<prometheus::Counter>& api_failures_;
  prometheus::Family<prometheus::Counter>& throttled_;
  prometheus::Family<prometheus::Counter>& tasks_stopped_;
  prometheus::Family<prometheus::Counter>& drains_;
  prometheus::Counter& missed_;
  prometheus::Counter& called_off_;
  prometheus::Counter& while_registered_;
  prometheus::Counter& registered_again_;
  prometheus::Counter& journal_failures_;
  prometheus::Family<prometheus::Gauge>& conflict_;
};

}  // namespace hakoban
