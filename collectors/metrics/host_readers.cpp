#include "collectors/metrics/host_readers.h"

#include <set>
#include <utility>

#include <fmt/format.h>

#include "core/metrics/ecs_labels.h"
#include "core/metrics/net_dev.h"

namespace hakoban {
namespace {

bool runs(const ContainerView& container) {
  return container.state == ContainerState::running || container.state == ContainerState::paused;
}

bool has_controller(const ReadCgroup& cgroup, CgroupController controller, CgroupVersion version) {
  for (const auto& place : cgroup.places) {
    if (place.controller == controller && place.version == version) return true;
  }
  return false;
}

}  // namespace

HostReaders::HostReaders(CgroupLayout layout, HostPaths paths, DescriptorBudget& budget,
                         HostReadersConfig config)
    : layout_(std::move(layout)), paths_(std::move(paths)), budget_(budget), config_(std::move(config)) {}

void HostReaders::follow(const HostView& view, bool changed) {
  if (changed) drop_ended(view);
  for (const auto& task : view.tasks) follow_task(task, changed);
  for (const auto& container : view.other_containers) {
    if (runs(container)) follow_container(container, nullptr, changed);
  }
}

void HostReaders::drop_ended(const HostView& view) {
  std::map<std::string_view, int> running;
  std::set<std::string_view> alive_tasks;
  const auto note = [&](const ContainerView& container) {
    if (runs(container)) running.emplace(container.id, container.pid);
    return runs(container);
  };
  for (const auto& container : view.other_containers) note(container);
  for (const auto& task : view.tasks) {
    bool any = false;
    for (const auto& container : task.containers) any = note(container) || any;
    if (any) alive_tasks.insert(task.arn);
  }
  for (auto& [arn, task] : tasks_) task.containers.clear();
  std::erase_if(tasks_, [&](const auto& entry) { return !alive_tasks.contains(entry.first); });
  std::erase_if(containers_, [&](const auto& entry) {
    const auto found = running.find(entry.first);
    return found == running.end() || found->second != entry.second.pid;  // restarted: another cgroup
  });
}

const ContainerReading& HostReaders::follow_container(const ContainerView& container, const TaskView* task,
                                                      bool changed) {
  auto& reading = containers_[container.id];
  const bool found = reading.cgroup.reader.has_value();
  if (!found) locate(container, reading);
  if (found && !changed) return reading;
  reading.pid = container.pid;
  reading.started_at = container.started_at;
  reading.labels = container_labels(container, task, id_of(reading.cgroup.places), config_.container_labels);
  if (task) reading.info_labels = container_info_labels(container, *task);
  return reading;
}

void HostReaders::locate(const ContainerView& container, ContainerReading& reading) {
  auto found = find_container(layout_, paths_, container);
  if (found.cgroups.empty()) return;
  reading.cgroup.places = std::move(found.cgroups);
  reading.cgroup.reader.emplace(reading.cgroup.places, budget_, config_.per_cpu);
  if (found.pid_is_its_own && has_own_network(container)) {
    const auto path = paths_.procfs / fmt::to_string(container.pid) / "net/dev";
    reading.net_dev.emplace(path.string(), budget_);
  }
}

void HostReaders::follow_task(const TaskView& task, bool changed) {
  std::vector<const ContainerReading*> running;
  for (const auto& container : task.containers) {
    if (runs(container)) running.push_back(&follow_container(container, &task, changed));
  }
  if (running.empty()) return;
  auto& reading = tasks_[task.arn];
  reading.containers = std::move(running);
  for (const auto* container : reading.containers) {
    if (reading.cgroup.reader) break;
    reading.cgroup.places = find_task(layout_, container->cgroup.places, task.id);
    if (!reading.cgroup.places.empty()) reading.cgroup.reader.emplace(reading.cgroup.places, budget_, false);
  }
  if (!changed && !reading.labels.empty()) return;
  reading.labels = task_labels(task);
  reading.info_labels = task_info_labels(task);
  reading.memory_limit_bytes = task.memory_limit_bytes;
  reading.cpu_limit_cores = task.cpu_limit_vcpus;
}

void HostReaders::read(SteadyPoint now, ReadTally& tally) {
  for (auto& [id, container] : containers_) read_container(container, now, tally);
  for (auto& [arn, task] : tasks_) read_task(task, now, tally);
}

void HostReaders::read_container(ContainerReading& container, SteadyPoint now, ReadTally& tally) {
  read_cgroup(container.cgroup, now, tally);
  container.alive = container.cgroup.usage != CgroupUsage{};
  container.interfaces.clear();
  if (container.net_dev) read_into(*container.net_dev, parse_net_dev, container.interfaces, buffer_, tally);
}

void HostReaders::read_cgroup(ReadCgroup& cgroup, SteadyPoint now, ReadTally& tally) {
  cgroup.usage = {};
  if (!cgroup.reader) return;
  cgroup.usage = cgroup.reader->read(buffer_, tally);
  if (cgroup.limits_read_at && now - *cgroup.limits_read_at < config_.limits_refresh) return;
  cgroup.limits = cgroup.reader->read_limits(buffer_, tally);
  cgroup.limits_read_at = now;
}

void HostReaders::read_task(TaskReading& task, SteadyPoint now, ReadTally& tally) {
  read_cgroup(task.cgroup, now, tally);
  std::vector<const CgroupUsage*> parts;
  task.interfaces.clear();
  for (const auto* container : task.containers) {
    parts.push_back(&container->cgroup.usage);
    add_interfaces(task.interfaces, container->interfaces);
  }
  const auto sum = sum_of(parts);
  task.usage = task.cgroup.usage;
  // These count what is in the task's cgroup itself, and nothing is: the processes are one level below.
  task.usage.processes = sum.processes;
  if (has_controller(task.cgroup, CgroupController::memory, CgroupVersion::v1))
    task.usage.oom_kills = sum.oom_kills;
  fill_missing(task.usage, sum);
}

}  // namespace hakoban
