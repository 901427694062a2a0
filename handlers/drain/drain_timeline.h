// Tells a drain as it goes: one log line a step, and metrics.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <utility>

#include <prometheus/registry.h>

#include "core/termination/drain_machine.h"
#include "handlers/drain/drain_metrics.h"

namespace hakoban {

// Used by the drainer's thread alone. Only reads the state.
class DrainTimeline {
 public:
  explicit DrainTimeline(prometheus::Registry& registry);

  // A drain begins, or goes on from its journal: then what it has told already is not told again.
  void begin(const DrainState& state, const DrainPlan& plan);
  void resume(const DrainState& state);

  // After each turn.
  void tell(const DrainState& state, const DrainTurn& turn, TimePoint now);
  void note_call(const DrainState& state, const CallEnded& call, TimePoint now);
  void journal_failed(const Error& error);

  // Of a dry run: the steps that would be taken.
  void tell_plan(const Notice& notice, const DrainPlan& plan, const HostView& view) const;

  // Another drainer on this host: counted, and logged when it changes.
  void tell_conflict(std::string_view with, bool seen, std::string_view hint);

 private:
  void tell_step(const DrainState& state, const Milestone& milestone, TimePoint now);
  void tell_tasks(const DrainState& state, TimePoint now);
  void tell_told(const DrainState& state, const TaskProgress& progress, TimePoint now);
  void tell_ended(const DrainState& state, const TaskProgress& progress, TimePoint now);
  void tell_end(const DrainState& state, TimePoint now);
  void tell_returned(const DrainState& state, TimePoint now);
  void tell_conflicts(const DrainState& state);

  DrainMetrics metrics_;
  std::set<std::string> told_;                                        // tasks whose stop has been logged
  std::set<std::string> ended_;                                       // tasks whose end has been logged
  std::map<std::pair<DrainCall, std::string>, std::string> failing_;  // with the error last logged
  std::set<std::string, std::less<>> conflicts_;
  std::string journal_error_;
  std::size_t registered_again_seen_ = 0;
};

}  // namespace hakoban
