#include "core/termination/drain_state.h"

#include <algorithm>

namespace hakoban {

std::string_view name_of(DrainCall call) {
  switch (call) {
    case DrainCall::ask_status:
      return "ask_status";
    case DrainCall::set_draining:
      return "set_draining";
    case DrainCall::set_active:
      return "set_active";
    case DrainCall::deregister:
      return "deregister";
    case DrainCall::check_health:
      return "check_health";
    case DrainCall::leave_discovery:
      return "leave_discovery";
    case DrainCall::notify_task:
      return "notify_task";
    case DrainCall::ask_protection:
      return "ask_protection";
    case DrainCall::stop_task:
      return "stop_task";
    case DrainCall::stop_locally:
      return "stop_locally";
    case DrainCall::find_hooks:
      return "find_hooks";
    case DrainCall::heartbeat:
      return "heartbeat";
    case DrainCall::complete_hook:
      return "complete_hook";
    case DrainCall::ask_backlog:
      return "ask_backlog";
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
    case StopWhy::called_off:
      return "called_off";
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

const Notice& DrainState::notice() const {
  static const Notice kNone;
  const DrainCause* found = nullptr;
  const auto better = [&](const DrainCause& cause) {
    if (found == nullptr) return true;
    const bool fits = cause.terms.manner == terms.manner;
    const bool found_fits = found->terms.manner == terms.manner;
    if (fits != found_fits) return fits;
    return cause.notice.seen_at < found->notice.seen_at;
  };
  for (const auto& [id, cause] : causes) {
    if (better(cause)) found = &cause;
  }
  return found == nullptr ? kNone : found->notice;
}

bool DrainState::standing(NoticeKind kind) const {
  return std::any_of(causes.begin(), causes.end(), [&](const auto& entry) {
    const DrainCause& cause = entry.second;
    return cause.notice.kind == kind && !cause.notice.withdrawn && !cause.dismissed;
  });
}

bool DrainState::drained_by_another() const {
  return status_before == "DRAINING";
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

std::string subject_of(const DiscoveryRef& ref) {
  return ref.service_id + "/" + ref.instance_id;
}

}  // namespace hakoban
