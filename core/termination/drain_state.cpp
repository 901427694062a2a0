#include "core/termination/drain_state.h"

#include <algorithm>

namespace hakoban {

std::string_view name_of(DrainCall call) {
  switch (call) {
    case DrainCall::set_draining:
      return "set_draining";
    case DrainCall::deregister:
      return "deregister";
    case DrainCall::check_health:
      return "check_health";
    case DrainCall::stop_task:
      return "stop_task";
    case DrainCall::stop_locally:
      return "stop_locally";
  }
  return "unknown";
}

std::string_view name_of(StopWhy why) {
  switch (why) {
    case StopWhy::draining_set:
      return "draining_set";
    case StopWhy::targets_out:
      return "targets_out";
    case StopWhy::grace_over:
      return "grace_over";
    case StopWhy::others_ended:
      return "others_ended";
    case StopWhy::latest_time:
      return "latest_time";
  }
  return "unknown";
}

std::string_view name_of(StopHow how) {
  switch (how) {
    case StopHow::itself:
      return "itself";
    case StopHow::stop_task:
      return "stop_task";
    case StopHow::docker_stop:
      return "docker_stop";
  }
  return "unknown";
}

StopHow TaskProgress::how() const {
  if (!told()) return StopHow::itself;
  if (!local_stop_at) return StopHow::stop_task;
  return requested_at && *requested_at <= *local_stop_at ? StopHow::stop_task : StopHow::docker_stop;
}

bool DrainState::all_ended(bool with_daemons) const {
  return std::all_of(tasks.begin(), tasks.end(), [&](const auto& entry) {
    const RunningTask& task = entry.second.task;
    if (task.own || (task.kind == TaskKind::daemon && !with_daemons)) return true;
    return entry.second.ended_at.has_value();
  });
}

bool DrainState::has_reached(std::string_view milestone) const {
  return reached.find(milestone) != reached.end();
}

}  // namespace hakoban
