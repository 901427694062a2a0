#include "collectors/logs/container_roster.h"

#include "core/metrics/ecs_labels.h"

namespace hakoban {
namespace {

// Where the engine keeps its files of a driver, see ContainerView::log_path.
bool is_followed(const ContainerView& container, const ContainerRosterConfig& config) {
  if (container.log_path.empty()) return false;
  if (container.log_driver == "json-file" || container.log_driver == "local") return true;
  return config.cached && !(config.fluentd_comes_otherwise && container.log_driver == "fluentd");
}

void add(const ContainerView& container, const TaskView* task, const ContainerRosterConfig& config,
         std::vector<FollowedLog>& logs) {
  if (!is_followed(container, config)) return;
  if (container.state == ContainerState::created) return;  // Docker makes the file at the first start
  FollowedLog log;
  log.id = container.id;
  log.path = container.log_path;
  if (container.log_driver != "json-file") log.format = LogFileFormat::docker_local;
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
    for (const auto& container : task.containers) add(container, &task, config_, logs);
  }
  for (const auto& container : view->other_containers) add(container, nullptr, config_, logs);
  return logs;
}

}  // namespace hakoban
