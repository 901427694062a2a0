// Where the load balancers of a service reach one of its tasks. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/host/ecs_facts.h"
#include "core/host/host_view.h"

namespace hakoban {

// One target for each ELBv2 entry of the service that the task can be reached at, in order, each once.
//
// Target type "instance": this instance and the host port that stands for the container's port: the network
// bindings of DescribeTasks, else the ports that Docker published, else, with host networking, the port
// itself. Target type "ip": the task's own network interface and the container's port. While a group's type
// is not known, awsvpc stands for "ip" and everything else for "instance", as ECS demands of services. A
// group that is gone has no targets.
[[nodiscard]] std::vector<TargetRef> service_targets(
    const TaskView& task, const EcsTask* facts, const EcsService& service, std::string_view instance_id,
    const std::map<std::string, std::optional<TargetGroupFacts>>& groups);

// The classic load balancers of the service, in order, each once.
[[nodiscard]] std::vector<ClassicElbRef> service_classic_elbs(const EcsService& service);

}  // namespace hakoban
