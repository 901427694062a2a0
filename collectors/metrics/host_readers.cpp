#include "collectors/metrics/host_readers.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "core/metrics/cgroup_path.h"
#include "core/metrics/net_dev.h"
#include "platform/files.h"

namespace hakoban {
namespace {

bool runs(const ContainerView& container) {
  return container.state == ContainerState::running || container.state == ContainerState::paused;
}

bool has_controller(const Subject& subject, CgroupController controller, CgroupVersion version) {
  return std::any_of(subject.places.begin(), subject.places.end(), [&](const auto& place) {
    return place.controller == controller && place.version == version;
  });
}

// Process ids of `container` are those of our own PID namespace. The agent may look at the host's /proc from
// a container with another one.
bool in_our_pid_namespace(const ContainerView& container) {
  const auto text = read_file("/proc/" + fmt::to_string(container.pid) + "/cgroup");
  return text && names_container(parse_proc_cgroup(*text), container.id);
}

}  // namespace

HostReaders::HostReaders(CgroupLayout layout, HostPaths paths, std::shared_ptr<DescriptorBudget> budget,
                         ExitWatch& exits, HostReadersConfig config)
    : layout_(std::move(layout)),
      paths_(std::move(paths)),
      budget_(std::move(budget)),
      exits_(exits),
      config_(std::move(config)),
      crew_(config_.crew) {
  make_reader(host_, root_places(layout_), (paths_.procfs / "1/net").string());
}

void HostReaders::follow(const HostView& view, bool changed, SteadyPoint now, ReadTally& tally) {
  fresh_.clear();
  if (!changed && all_found_) return;
  if (changed) drop_ended(view, now);
  all_found_ = true;
  for (const auto& task : view.tasks) follow_task(task, changed);
  for (const auto& container : view.other_containers) {
    if (runs(container)) follow_container(container, nullptr, changed);
  }
  close_tasks(now, tally);
}

void HostReaders::read_fresh(SteadyPoint now, ReadTally& tally) {
  read_subjects(fresh_, now, tally);
}

// Reads what is over for the last time, and lets go of its descriptors.
void HostReaders::close_tasks(SteadyPoint now, ReadTally& tally) {
  std::vector<Subject*> over;
  for (auto& [arn, task] : tasks_) {
    const bool open = !std::exchange(task.closed, task.containers.empty());
    if (open && task.closed) over.push_back(&task.subject);
  }
  read_subjects(over, now, tally);
  for (auto* const subject : over) subject->reader.reset();
}

void HostReaders::drop_ended(const HostView& view, SteadyPoint now) {
  std::map<std::string_view, int> running;
  std::set<std::string_view> tasks;
  for (const auto& container : view.other_containers) {
    if (runs(container)) running.emplace(container.id, container.pid);
  }
  for (const auto& task : view.tasks) {
    tasks.insert(task.arn);
    for (const auto& container : task.containers) {
      if (runs(container)) running.emplace(container.id, container.pid);
    }
  }
  for (auto& [arn, task] : tasks_) task.containers.clear();
  for (auto at = containers_.begin(); at != containers_.end();) {
    const auto found = running.find(at->first);
    if (found != running.end() && found->second == at->second.pid) {
      ++at;
      continue;
    }
    // Ended, or restarted: another cgroup. One without a process id was only listed, and is told of in full
    // now.
    if (at->second.pid != 0) end(at->first, at->second, now);
    task_of_.erase(at->first);
    at = containers_.erase(at);
  }
  std::erase_if(tasks_, [&](const auto& entry) { return !tasks.contains(entry.first); });
}

void HostReaders::end(const std::string& id, ContainerReading& reading, SteadyPoint now) {
  if (reading.watched) exits_.remove(*reading.watched);
  auto& subject = reading.subject;
  auto last = subject.reader ? subject.reader->last() : std::nullopt;
  if (!last && reading.watched && subject.reader->read_last(buffer_, now)) last = subject.reader->last();
  if (last) {
    subject.newest = *std::move(last);
    subject.measured = true;
  } else {
    exits_.missed();
  }
  const auto arn = task_of_.find(id);
  if (arn == task_of_.end()) return;
  const auto task = tasks_.find(arn->second);
  if (task == tasks_.end() || !subject.measured) return;
  accumulate(task->second.ended, subject.newest.usage);
  add_interfaces(task->second.ended_interfaces, subject.newest.network.interfaces);
  auto& peak = task->second.ended_peak_bytes;
  if (const auto& own = subject.newest.usage.memory_max_usage_bytes) peak = std::max(peak.value_or(0), *own);
}

const ContainerReading& HostReaders::follow_container(const ContainerView& container, const TaskView* task,
                                                      bool changed) {
  auto& reading = containers_[container.id];
  const bool found = reading.subject.reader != nullptr;
  if (!found) locate(container, reading);
  if (!reading.subject.reader) all_found_ = false;
  if (found && !changed) return reading;
  reading.pid = container.pid;
  reading.started_at = container.started_at;
  reading.labels = container_labels(container, task, reading.subject.cgroup, config_.labels);
  if (task) {
    reading.info_labels = container_info_labels(container, *task, config_.labels);
    task_of_[container.id] = task->arn;
  }
  return reading;
}

void HostReaders::make_reader(Subject& subject, std::vector<CgroupPlace> places,
                              const std::string& network_folder) {
  subject.cgroup = id_of(places);
  subject.places = std::move(places);
  subject.reader =
      std::make_shared<UsageReader>(subject.places, network_folder, paths_, budget_, config_.usage);
}

void HostReaders::locate(const ContainerView& container, ContainerReading& reading) {
  auto found = find_container(layout_, paths_, container);
  if (found.cgroups.empty()) return;
  const bool own_network = found.pid_is_its_own && has_own_network(container);
  make_reader(reading.subject, std::move(found.cgroups),
              own_network ? (paths_.procfs / fmt::to_string(container.pid) / "net").string() : "");
  fresh_.push_back(&reading.subject);
  if (!found.pid_is_its_own || !in_our_pid_namespace(container)) return;
  if (auto key = exits_.add(container.pid, reading.subject.reader)) reading.watched = *key;
}

void HostReaders::follow_task(const TaskView& task, bool changed) {
  const auto found_before = fresh_.size();
  std::vector<const ContainerReading*> running;
  for (const auto& container : task.containers) {
    if (runs(container)) running.push_back(&follow_container(container, &task, changed));
  }
  const bool known = tasks_.contains(task.arn);
  const bool ran = std::any_of(task.containers.begin(), task.containers.end(),
                               [](const auto& container) { return container.started_at.has_value(); });
  if (running.empty() && !ran && !known) return;
  auto& reading = tasks_[task.arn];
  reading.containers = std::move(running);
  if (changed || !known) {
    for (const auto& container : task.containers) note_start(reading, container);
    reading.labels = task_labels(task);
    reading.info_labels = task_info_labels(task);
    reading.memory_limit_bytes = task.memory_limit_bytes;
    reading.cpu_limit_cores = task.cpu_limit_vcpus;
  }
  // What is over is looked at once more, even if it was never seen while it ran.
  // Its cgroup is to be found when one of its containers is, and once more when it is over.
  const bool look = !reading.containers.empty() ? found_before != fresh_.size() : !reading.closed;
  if (look && !reading.subject.reader) locate_task(task, reading);
}

void HostReaders::note_start(TaskReading& reading, const ContainerView& container) {
  if (!container.started_at) return;
  if (!reading.started_at || *container.started_at < *reading.started_at)
    reading.started_at = container.started_at;
  const auto [at, fresh] = reading.starts.try_emplace(container.id, *container.started_at);
  if (fresh || at->second == *container.started_at) return;
  at->second = *container.started_at;
  ++reading.restarts;
}

void HostReaders::locate_task(const TaskView& task, TaskReading& reading) {
  std::vector<CgroupPlace> places;
  for (const auto* container : reading.containers) {
    if (places.empty()) places = find_task(layout_, container->subject.places, task.id);
  }
  if (reading.containers.empty() && !task.containers.empty())
    places = find_task_below(layout_, task.containers.front(), task.id);
  if (places.empty()) return;
  make_reader(reading.subject, std::move(places), "");
  if (!reading.containers.empty()) fresh_.push_back(&reading.subject);
}

void HostReaders::read(SteadyPoint now, ReadTally& tally) {
  std::vector<Subject*> subjects;
  subjects.reserve(containers_.size() + tasks_.size() + 1);
  subjects.push_back(&host_);
  for (auto& [id, container] : containers_) subjects.push_back(&container.subject);
  for (auto& [arn, task] : tasks_) {
    if (!task.containers.empty()) subjects.push_back(&task.subject);
  }
  read_subjects(subjects, now, tally);
  for (auto& [arn, task] : tasks_) {
    if (!task.containers.empty()) sum_up(task);
  }
}

void HostReaders::read_subjects(const std::vector<Subject*>& subjects, SteadyPoint now, ReadTally& tally) {
  std::vector<std::shared_ptr<UsageReader>> readers;
  std::vector<Subject*> read;
  readers.reserve(subjects.size());
  read.reserve(subjects.size());
  for (auto* const subject : subjects) {
    subject->alive = false;
    if (!subject->reader) continue;
    readers.push_back(subject->reader);
    read.push_back(subject);
  }
  if (readers.empty()) return;
  auto reports = crew_.read(readers, now);
  for (std::size_t i = 0; i < read.size(); ++i) {
    if (!reports[i]) {
      ++tally.failed;
      tally.last_failure = {Errc::timeout, "reading cgroup " + read[i]->cgroup + ": it does not answer"};
      continue;
    }
    tally.add(reports[i]->tally);
    if (!reports[i]->alive) continue;
    read[i]->newest = *std::move(reports[i]);
    read[i]->measured = read[i]->alive = true;
  }
}

void HostReaders::sum_up(TaskReading& task) {
  std::vector<const CgroupUsage*> parts;
  task.interfaces = task.ended_interfaces;
  task.netstat.reset();
  for (const auto* container : task.containers) {
    const auto& report = container->subject.newest;
    parts.push_back(&report.usage);
    add_interfaces(task.interfaces, report.network.interfaces);
    if (report.network.netstat) task.netstat = report.network.netstat;
  }
  auto sum = sum_of(parts);
  add_counters(sum, task.ended);
  task.usage = task.subject.alive ? task.subject.newest.usage : CgroupUsage{};
  // These count what is in the task's cgroup itself, and nothing is: the processes are one level below.
  task.usage.processes = sum.processes;
  if (has_controller(task.subject, CgroupController::memory, CgroupVersion::v1))
    task.usage.oom_kills = sum.oom_kills;
  fill_missing(task.usage, sum);
}

TaskTotals TaskReading::totals() const {
  CgroupUsage counted = ended;
  auto seen = ended_interfaces;
  auto peak = ended_peak_bytes;
  for (const auto* container : containers) {
    const auto& newest = container->subject.newest;
    accumulate(counted, newest.usage);
    add_interfaces(seen, newest.network.interfaces);
    if (newest.usage.memory_max_usage_bytes)
      peak = std::max(peak.value_or(0), *newest.usage.memory_max_usage_bytes);
  }
  TaskTotals totals{counted.cpu_total_ns, peak, counted.oom_kills, std::nullopt, std::nullopt};
  const auto& own = subject.newest.usage;
  if (subject.measured && own.cpu_total_ns) totals.cpu_ns = own.cpu_total_ns;
  if (subject.measured && own.memory_max_usage_bytes) totals.max_memory_bytes = own.memory_max_usage_bytes;
  if (subject.measured && own.memory_events_oom_kill) totals.oom_kills = own.memory_events_oom_kill;
  for (const auto& one : seen) {
    totals.receive_bytes = totals.receive_bytes.value_or(0) + one.receive_bytes;
    totals.transmit_bytes = totals.transmit_bytes.value_or(0) + one.transmit_bytes;
  }
  return totals;
}

}  // namespace hakoban
