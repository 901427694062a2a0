// The readers of every running container and every task, kept in step with the HostView.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "collectors/metrics/exit_watch.h"
#include "collectors/metrics/read_crew.h"
#include "collectors/metrics/usage_reader.h"
#include "core/host/host_view.h"
#include "core/metrics/ecs_labels.h"
#include "core/metrics/task_ledger.h"
#include "core/metrics/usage.h"
#include "core/time.h"
#include "platform/cgroups/cgroup_layout.h"
#include "platform/cgroups/host_paths.h"
#include "platform/cgroups/kept_file.h"

namespace hakoban {

// What was read last of a container, a task's own cgroup or the host.
struct Subject {
  std::shared_ptr<UsageReader> reader;  // null: not found (yet)
  std::string cgroup;                   // path of its memory cgroup: cAdvisor's `id`
  std::vector<CgroupPlace> places;
  UsageReport newest;
  bool measured = false;  // `newest` is something
  bool alive = false;     // and it is of the last round
};

struct ContainerReading {
  int pid = 0;
  std::string labels;
  std::string info_labels;
  std::optional<TimePoint> started_at;
  Subject subject;
  std::optional<std::uint64_t> watched;
};

struct TaskReading {
  std::string labels;
  std::string info_labels;
  std::vector<const ContainerReading*> containers;  // those that run
  Reading memory_limit_bytes;                       // task level, as the view says
  std::optional<double> cpu_limit_cores;
  std::optional<TimePoint> started_at;
  std::map<std::string, TimePoint> starts;  // newest of each container, by id
  std::uint64_t restarts = 0;
  Subject subject;
  bool closed = false;  // over, and read for the last time
  // Of containers that ended: what they counted, and the largest peak of memory.
  CgroupUsage ended;
  std::vector<InterfaceUsage> ended_interfaces;
  Reading ended_peak_bytes;
  // Made by read(): its own cgroup's; where it has none, its containers' together.
  CgroupUsage usage;
  std::vector<InterfaceUsage> interfaces;
  std::optional<NetstatUsage> netstat;

  [[nodiscard]] TaskTotals totals() const;
};

struct HostReadersConfig {
  UsageReaderConfig usage;
  ReadCrewConfig crew;
  LabelRules labels;
};

// Not thread-safe. `exits` must outlive it.
class HostReaders {
 public:
  HostReaders(CgroupLayout layout, HostPaths paths, std::shared_ptr<DescriptorBudget> budget,
              ExitWatch& exits, HostReadersConfig config);

  // Takes in a view: readers for what started, last numbers and no reader for what ended, and a new search
  // for what was not found before. `changed`: it is not the view of the last call.
  void follow(const HostView& view, bool changed, SteadyPoint now, ReadTally& tally);

  // Reads once what the last follow() found, so that its descriptors are open before it ends.
  void read_fresh(SteadyPoint now, ReadTally& tally);

  // Reads everything that follow() found.
  void read(SteadyPoint now, ReadTally& tally);

  // By id, and by ARN: tasks that ended too, for as long as the view has them.
  [[nodiscard]] const std::map<std::string, ContainerReading>& containers() const { return containers_; }
  [[nodiscard]] const std::map<std::string, TaskReading>& tasks() const { return tasks_; }
  [[nodiscard]] const Subject& host() const { return host_; }

 private:
  void drop_ended(const HostView& view, SteadyPoint now);
  void end(const std::string& id, ContainerReading& reading, SteadyPoint now);
  const ContainerReading& follow_container(const ContainerView& container, const TaskView* task,
                                           bool changed);
  void follow_task(const TaskView& task, bool changed);
  void close_tasks(SteadyPoint now, ReadTally& tally);
  void note_start(TaskReading& reading, const ContainerView& container);
  void locate(const ContainerView& container, ContainerReading& reading);
  void locate_task(const TaskView& task, TaskReading& reading);
  void make_reader(Subject& subject, std::vector<CgroupPlace> places, const std::string& network_folder);
  void read_subjects(const std::vector<Subject*>& subjects, SteadyPoint now, ReadTally& tally);
  static void sum_up(TaskReading& task);

  const CgroupLayout layout_;
  const HostPaths paths_;
  const std::shared_ptr<DescriptorBudget> budget_;
  ExitWatch& exits_;
  const HostReadersConfig config_;
  ReadCrew crew_;
  Subject host_;
  std::map<std::string, ContainerReading> containers_;
  std::map<std::string, TaskReading> tasks_;
  std::map<std::string, std::string> task_of_;  // ARN by container id, of those in containers_
  std::vector<Subject*> fresh_;                 // found by the last follow()
  bool all_found_ = false;                      // the cgroup of every running container
  std::string buffer_;
};

}  // namespace hakoban
