// Containers as the ECS agent makes them, for the census' tests.
#pragma once

#include <string>

#include "core/host/host_view.h"
#include "core/host/task_name.h"

namespace hakoban {

inline std::string task_arn(const std::string& id) {
  return "arn:aws:ecs:eu-west-1:1:task/prod/" + id;
}

// Container `id` of task `task`, of task definition "web:7"; "" for one outside ECS.
inline ContainerView ecs_container(const std::string& id, const std::string& task,
                                   ContainerState state = ContainerState::running) {
  ContainerView it;
  it.id = id;
  it.name = "ecs-web-7-app-" + id;
  it.state = state;
  if (task.empty()) return it;
  it.labels = {{std::string{kTaskArnLabel}, task_arn(task)},
               {std::string{kContainerNameLabel}, "app"},
               {std::string{kFamilyLabel}, "web"},
               {std::string{kRevisionLabel}, "7"},
               {std::string{kClusterLabel}, "prod"}};
  it.ports = {{80, 32768, "tcp"}};
  return it;
}

}  // namespace hakoban
