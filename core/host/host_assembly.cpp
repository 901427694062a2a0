#include "core/host/host_assembly.h"

#include <algorithm>
#include <string_view>

#include "core/host/service_targets.h"
#include "core/host/task_name.h"

namespace hakoban {
namespace {

template <class Map>
const typename Map::mapped_type* look_up(const Map& map, const std::string& key) {
  const auto found = map.find(key);
  return found == map.end() ? nullptr : &found->second;
}

std::string_view label(const ContainerView& container, std::string_view name) {
  // The map is keyed by std::string; five short look-ups a container are not worth a transparent one.
  const auto found = container.labels.find(std::string{name});
  return found == container.labels.end() ? std::string_view{} : std::string_view{found->second};
}

void fill(std::string& text, std::string_view value) {
  if (text.empty()) text = value;
}

using Tasks = std::map<std::string, TaskView>;

TaskView& task_of(Tasks& tasks, const std::string& arn) {
  auto& task = tasks[arn];
  task.arn = arn;
  return task;
}

// Where the agent knows a container by its id but the labels are missing.
struct AgentPlace {
  const AgentTask* task = nullptr;
  const AgentContainer* container = nullptr;
};

std::map<std::string_view, AgentPlace> places_of(const std::vector<AgentTask>& tasks) {
  std::map<std::string_view, AgentPlace> places;
  for (const auto& task : tasks) {
    for (const auto& container : task.containers) {
      if (!container.docker_id.empty()) places[container.docker_id] = {&task, &container};
    }
  }
  return places;
}

void name_container(ContainerView& container, const std::map<std::string_view, AgentPlace>& places) {
  container.task_arn = label(container, kTaskArnLabel);
  container.ecs_name = label(container, kContainerNameLabel);
  if (const auto place = places.find(container.id); place != places.end()) {
    fill(container.task_arn, place->second.task->arn);
    fill(container.ecs_name, place->second.container->name);
  }
  container.pause = !container.task_arn.empty() && is_pause_container(container.name, container.ecs_name);
}

void place_containers(const HostFacts& facts, Tasks& tasks, HostView& view) {
  const auto places = places_of(facts.agent_tasks);
  for (const auto& [id, told] : facts.containers) {
    ContainerView container = told;
    name_container(container, places);
    if (container.task_arn.empty()) {
      view.other_containers.push_back(std::move(container));
      continue;
    }
    auto& task = task_of(tasks, container.task_arn);
    fill(task.family, label(container, kFamilyLabel));
    fill(task.revision, label(container, kRevisionLabel));
    fill(task.cluster, cluster_name(label(container, kClusterLabel)));
    if (!facts.own_container_id.empty() && id == facts.own_container_id) task.own = true;
    task.containers.push_back(std::move(container));
  }
}

// A task that the agent has taken on but that has no container yet: its image is being pulled, say. One
// whose containers Docker has removed is over.
bool still_coming(const AgentTask& task) {
  return task.known_status != "STOPPED" &&
         std::all_of(task.containers.begin(), task.containers.end(),
                     [](const AgentContainer& container) { return container.docker_id.empty(); });
}

void add_agent_facts(const HostFacts& facts, Tasks& tasks) {
  for (const auto& told : facts.agent_tasks) {
    if (!tasks.contains(told.arn) && !still_coming(told)) continue;
    auto& task = task_of(tasks, told.arn);
    fill(task.family, told.family);
    fill(task.revision, told.revision);
    task.last_status = told.known_status;
    task.desired_status = told.desired_status;
  }
}

// STOPPED is final, whoever says it; otherwise the agent is fresher than the API.
void join_status(std::string& status, const std::string& of_api) {
  if (status.empty() || of_api == "STOPPED") status = of_api;
}

void add_api_facts(const EcsTask& told, TaskView& task) {
  task.group = told.group;
  task.started_by = told.started_by;
  task.service = service_of_group(told.group);
  task.tags = told.tags;
  join_status(task.last_status, told.last_status);
  join_status(task.desired_status, told.desired_status);
  const bool of_service = !task.service.empty() || told.started_by.starts_with("ecs-svc/");
  task.kind = of_service ? TaskKind::service : TaskKind::batch;
}

void add_definition(const EcsTaskDefinition& definition, TaskView& task) {
  task.network_mode = definition.network_mode.empty() ? "bridge" : definition.network_mode;
  task.memory_limit_bytes = definition.memory_bytes;
  task.cpu_limit_vcpus = definition.cpu_vcpus;
  for (auto& container : task.containers) {
    const auto defined =
        std::find_if(definition.containers.begin(), definition.containers.end(),
                     [&](const EcsContainerDefinition& it) { return it.name == container.ecs_name; });
    if (defined == definition.containers.end()) continue;
    container.stop_timeout = defined->stop_timeout;
    container.essential = defined->essential;
  }
}

void add_service(const HostFacts& facts, const EcsTask* told, const EcsService& service, TaskView& task) {
  if (service.scheduling_strategy == "DAEMON") task.kind = TaskKind::daemon;
  task.targets = service_targets(task, told, service, facts.ec2.instance_id, facts.groups);
  task.classic_elbs = service_classic_elbs(service);
  for (const std::string& id : service.discovery_services) task.discovery.push_back({id, task.id});
}

void complete(const HostFacts& facts, TaskView& task) {
  task.id = task_id_of(task.arn);
  fill(task.cluster, cluster_of_task_arn(task.arn));
  fill(task.cluster, facts.ecs.cluster);
  const auto* told = look_up(facts.tasks, task.arn);
  if (told != nullptr) add_api_facts(*told, task);
  if (const auto* definition = look_up(facts.definitions, definition_key(task)); definition != nullptr)
    add_definition(*definition, task);
  if (const auto* service = look_up(facts.services, task.service); service != nullptr)
    add_service(facts, told, *service, task);
}

}  // namespace

std::string definition_key(const TaskView& task) {
  if (task.family.empty() || task.revision.empty()) return {};
  return task.family + ":" + task.revision;
}

HostView assemble_host_view(const HostFacts& facts) {
  HostView view;
  view.containers_known = facts.containers_known;
  view.ec2 = facts.ec2;
  view.ecs = facts.ecs;
  Tasks tasks;
  place_containers(facts, tasks, view);
  add_agent_facts(facts, tasks);
  view.tasks.reserve(tasks.size());
  for (auto& [arn, task] : tasks) {
    complete(facts, task);
    view.tasks.push_back(std::move(task));
  }
  for (const auto& [arn, group] : facts.groups) {
    if (group) view.target_groups.emplace(arn, *group);
  }
  return view;
}

}  // namespace hakoban
