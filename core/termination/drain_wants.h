// Gathers the actions of one turn of the drain machine; only drain_*.cpp use it.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/termination/drain_machine.h"

namespace hakoban {

class DrainWants {
 public:
  DrainWants(DrainState& state, const DrainPolicy& policy, TimePoint now)
      : state_(state), policy_(policy), now_(now) {}

  // Unless the very call is under way, or has failed a moment ago.
  void start(DrainAction action);

  [[nodiscard]] const Attempt* attempt(DrainCall call, const std::string& subject) const;
  [[nodiscard]] bool under_way(DrainCall call, const std::string& subject) const;
  [[nodiscard]] int failures(DrainCall call, const std::string& subject) const;

  void want_draining();
  void want_active();
  void want_out(const DrainPlan& plan);
  void want_health();
  void want_lifecycle();
  void want_notifications();
  void want_protection(const DrainPlan& plan);
  void want_stops(const DrainPlan& plan);
  void want_begun_over();

  [[nodiscard]] std::vector<DrainAction> take() && { return std::move(actions_); }

 private:
  void want_target_out(const TargetRef& ref) { state_.targets[ref].wanted_out = true; }
  void deregister_wanted();
  void trust_delays();
  void stop(const PlannedStop& planned, const DrainPlan& plan);
  void request_stop(const TaskProgress& progress);
  void stop_locally(TaskProgress& progress, const DrainPlan& plan);

  [[nodiscard]] TimePoint gate() const;
  [[nodiscard]] bool targets_out(const RunningTask& task) const;
  [[nodiscard]] TimePoint grace_over(const RunningTask& task) const;
  [[nodiscard]] std::optional<StopWhy> why_now(const PlannedStop& planned) const;
  [[nodiscard]] bool may_wait_on(const PlannedStop& planned) const;
  [[nodiscard]] std::optional<StopWhy> why_by_rule(const PlannedStop& planned) const;
  [[nodiscard]] bool needs_local_stop(const PlannedStop& planned, const TaskProgress& progress,
                                      const DrainPlan& plan) const;
  [[nodiscard]] bool must_ask_protection(const TaskProgress& progress) const;

  DrainState& state_;
  const DrainPolicy& policy_;
  const TimePoint now_;
  std::vector<DrainAction> actions_;
};

}  // namespace hakoban
