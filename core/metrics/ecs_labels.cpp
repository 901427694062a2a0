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

}  // namespace

std::string container_labels(const ContainerView& container, const TaskView* task, std::string_view cgroup,
                             std::span<const std::string> allowed) {
  LabelBlock labels;
  labels.add("id", cgroup).add("image", container.image).add("name", container.name);
  std::set<std::string> names;  // "a.b" and "a-b" become one name, which may come once
  for (const auto& label : allowed) {
    const auto found = container.labels.find(label);
    if (found == container.labels.end()) continue;
    const auto [name, fresh] = names.insert(container_label_name(label));
    if (fresh) labels.add(*name, found->second);
  }
  if (!task) return labels.text();
  labels.add("ecs_container", container.ecs_name);
  add_task(labels, *task);
  return labels.text();
}

std::string task_labels(const TaskView& task) {
  LabelBlock labels;
  add_task(labels, task);
  return labels.text();
}

std::string container_info_labels(const ContainerView& container, const TaskView& task) {
  LabelBlock labels;
  add_task(labels, task);
  labels.add("ecs_container", container.ecs_name)
      .add("container_id", container.id)
      .add("name", container.name)
      .add("image", container.image)
      .add("network_mode", container.network_mode);
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
