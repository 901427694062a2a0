#include "core/host/host_view.h"

#include <algorithm>

namespace hakoban {

std::string_view name_of(ContainerState state) {
  switch (state) {
    case ContainerState::created:
      return "created";
    case ContainerState::running:
      return "running";
    case ContainerState::paused:
      return "paused";
    case ContainerState::restarting:
      return "restarting";
    case ContainerState::removing:
      return "removing";
    case ContainerState::exited:
      return "exited";
    case ContainerState::dead:
      return "dead";
  }
  return "unknown";
}

bool has_ended(ContainerState state) {
  switch (state) {
    case ContainerState::created:
    case ContainerState::running:
    case ContainerState::paused:
    case ContainerState::restarting:
      return false;
    case ContainerState::removing:  // Docker says so of what does not run any more
    case ContainerState::exited:
    case ContainerState::dead:
      return true;
  }
  return true;
}

std::string_view name_of(TaskKind kind) {
  switch (kind) {
    case TaskKind::unknown:
      return "unknown";
    case TaskKind::service:
      return "service";
    case TaskKind::daemon:
      return "daemon";
    case TaskKind::batch:
      return "batch";
  }
  return "unknown";
}

bool TaskView::may_run(const ContainerView& container) const {
  if (container.state == ContainerState::created) return last_status != "STOPPED";
  return !has_ended(container.state);
}

bool TaskView::alive() const {
  return std::any_of(containers.begin(), containers.end(),
                     [this](const ContainerView& container) { return may_run(container); });
}

Duration TaskView::stop_timeout(Duration agent_default) const {
  Duration longest{0};
  for (const auto& container : containers) {
    if (may_run(container) && !container.pause)
      longest = std::max(longest, container.stop_timeout.value_or(agent_default));
  }
  return longest;
}

const TaskView* HostView::find_task(std::string_view arn) const {
  const auto found =
      std::find_if(tasks.begin(), tasks.end(), [&](const TaskView& task) { return task.arn == arn; });
  return found == tasks.end() ? nullptr : &*found;
}

}  // namespace hakoban
