#include "core/metrics/ecs_labels.h"

#include <set>

#include "core/metrics/label_block.h"

namespace hakoban {
namespace {

void add_task(LabelBlock& labels, const TaskView& task) {
  labels.add("ecs_cluster", task.cluster)
      .add("ecs_service", task.service)
      .add("ecs_task_family", task.family)
      .add("ecs_task_id", task.id)
      .add("ecs_task_revision", task.revision);
}

bool matches(std::string_view name, std::string_view pattern) {
  if (!pattern.ends_with('*')) return name == pattern;
  return name.starts_with(pattern.substr(0, pattern.size() - 1));
}

// The container whose network namespace this one shares, by its name in the task; "host"; "" when it has its
// own.
std::string network_owner(const ContainerView& container, const TaskView& task) {
  constexpr std::string_view kOther = "container:";
  if (container.network_mode == "host") return "host";
  if (!container.network_mode.starts_with(kOther)) return {};
  auto id = container.network_mode.substr(kOther.size());
  for (const auto& other : task.containers) {
    if (other.id == id) return other.ecs_name;
  }
  return id;
}

}  // namespace

std::string_view role_of(const ContainerView& container, std::span<const std::string> sidecars) {
  if (container.pause) return "pause";
  for (const auto& pattern : sidecars) {
    if (matches(container.ecs_name, pattern)) return "sidecar";
  }
  if (!container.essential) return {};
  return *container.essential ? "app" : "sidecar";
}

std::string container_labels(const ContainerView& container, const TaskView* task, std::string_view cgroup,
                             const LabelRules& rules) {
  LabelBlock labels;
  labels.add("id", cgroup).add("image", container.image).add("name", container.name);
  std::set<std::string> names;  // "a.b" and "a-b" become one name, which may come once
  for (const auto& label : rules.container_labels) {
    const auto found = container.labels.find(label);
    if (found == container.labels.end()) continue;
    const auto [name, fresh] = names.insert(container_label_name(label));
    if (fresh) labels.add(*name, found->second);
  }
  if (!task) return labels.text();
  labels.add("ecs_container", container.ecs_name).add("ecs_role", role_of(container, rules.sidecars));
  add_task(labels, *task);
  return labels.text();
}

std::string task_labels(const TaskView& task) {
  LabelBlock labels;
  add_task(labels, task);
  return labels.text();
}

std::string container_info_labels(const ContainerView& container, const TaskView& task,
                                  const LabelRules& rules) {
  LabelBlock labels;
  add_task(labels, task);
  labels.add("ecs_container", container.ecs_name)
      .add("ecs_role", role_of(container, rules.sidecars))
      .add("container_id", container.id)
      .add("name", container.name)
      .add("image", container.image)
      .add("network_mode", container.network_mode)
      .add("network_of", network_owner(container, task));
  if (container.essential) labels.add("essential", *container.essential ? "true" : "false");
  return labels.text();
}

std::string task_info_labels(const TaskView& task) {
  LabelBlock labels;
  add_task(labels, task);
  labels.add("task_arn", task.arn)
      .add("kind", name_of(task.kind))
      .add("group", task.group)
      .add("started_by", task.started_by)
      .add("network_mode", task.network_mode);
  return labels.text();
}

}  // namespace hakoban
