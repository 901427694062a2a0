#include "core/host/service_targets.h"

#include <algorithm>

namespace hakoban {
namespace {

bool host_networking(const TaskView& task, const ContainerView& container) {
  return task.network_mode == "host" || container.network_mode == "host";
}

std::optional<std::uint16_t> bound_port(const EcsTask& facts, const EcsLoadBalancer& entry) {
  for (const auto& binding : facts.bindings) {
    if (binding.container_name == entry.container_name && binding.container_port == entry.container_port &&
        binding.host_port != 0)
      return binding.host_port;
  }
  return std::nullopt;
}

std::optional<std::uint16_t> published_port(const TaskView& task, const EcsLoadBalancer& entry) {
  for (const auto& container : task.containers) {
    // Under Service Connect the pause container holds the ports of the one it is named after.
    if (container.ecs_name != entry.container_name &&
        container.ecs_name != "~internal~ecs~pause-" + entry.container_name)
      continue;
    for (const auto& port : container.ports) {
      if (port.container_port == entry.container_port && port.protocol != "udp" && port.host_port != 0)
        return port.host_port;
    }
    if (host_networking(task, container)) return entry.container_port;
  }
  return std::nullopt;
}

std::optional<TargetRef> instance_target(const TaskView& task, const EcsTask* facts,
                                         const EcsLoadBalancer& entry, std::string_view instance_id) {
  if (instance_id.empty()) return std::nullopt;
  std::optional<std::uint16_t> port;
  if (facts != nullptr) port = bound_port(*facts, entry);
  if (!port) port = published_port(task, entry);
  if (!port) return std::nullopt;
  return TargetRef{entry.target_group_arn, std::string{instance_id}, *port};
}

std::optional<TargetRef> ip_target(const EcsTask* facts, const EcsLoadBalancer& entry) {
  if (facts == nullptr || facts->private_ip.empty()) return std::nullopt;
  return TargetRef{entry.target_group_arn, facts->private_ip, entry.container_port};
}

template <class T>
void add_once(std::vector<T>& list, T value) {
  if (std::find(list.begin(), list.end(), value) == list.end()) list.push_back(std::move(value));
}

}  // namespace

std::vector<TargetRef> service_targets(const TaskView& task, const EcsTask* facts, const EcsService& service,
                                       std::string_view instance_id,
                                       const std::map<std::string, std::optional<TargetGroupFacts>>& groups) {
  std::vector<TargetRef> targets;
  for (const auto& entry : service.load_balancers) {
    if (entry.target_group_arn.empty()) continue;
    bool by_ip = task.network_mode == "awsvpc";
    if (const auto group = groups.find(entry.target_group_arn); group != groups.end()) {
      if (!group->second) continue;
      if (!group->second->target_type.empty()) by_ip = group->second->target_type == "ip";
    }
    const auto target = by_ip ? ip_target(facts, entry) : instance_target(task, facts, entry, instance_id);
    if (target) add_once(targets, *target);
  }
  return targets;
}

std::vector<ClassicElbRef> service_classic_elbs(const EcsService& service) {
  std::vector<ClassicElbRef> balancers;
  for (const auto& entry : service.load_balancers) {
    if (!entry.load_balancer_name.empty()) add_once(balancers, ClassicElbRef{entry.load_balancer_name});
  }
  return balancers;
}

}  // namespace hakoban
