#include "collectors/logs/container_roster.h"

#include "core/metrics/ecs_labels.h"

namespace hakoban {
namespace {

bool has_ended(ContainerState state) {
  return state == ContainerState::exited || state == ContainerState::dead ||
         state == ContainerState::removing;
}

void add(const ContainerView& container, const TaskView* task, std::vector<FollowedLog>& logs) {
  if (container.log_driver != "json-file" || container.log_path.empty()) return;
  if (container.state == ContainerState::created) return;  // Docker makes the file at the first start
  FollowedLog log;
  log.id = container.id;
  log.path = container.log_path;
  log.place = task == nullptr ? host_place(container) : task_place(*task, container, false);
  log.place_if_unknown = task == nullptr ? host_place(container) : *task_place(*task, container, true);
  log.labels = container_labels(container, task, "", {});
  log.ended = has_ended(container.state);
  logs.push_back(std::move(log));
}

}  // namespace

std::vector<FollowedLog> ContainerRoster::logs() const {
  const auto view = hosts_.get();
  std::vector<FollowedLog> logs;
  for (const auto& task : view->tasks) {
    for (const auto& container : task.containers) add(container, &task, logs);
  }
  for (const auto& container : view->other_containers) add(container, nullptr, logs);
  return logs;
}

}  // namespace hakoban
