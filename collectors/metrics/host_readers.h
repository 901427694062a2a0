// The readers of every running container and every task, kept in step with the HostView.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "collectors/metrics/cgroup_reader.h"
#include "core/host/host_view.h"
#include "core/metrics/usage.h"
#include "core/time.h"
#include "platform/cgroups/cgroup_layout.h"
#include "platform/cgroups/host_paths.h"
#include "platform/cgroups/kept_file.h"

namespace hakoban {

// A cgroup's reader and what it read last.
struct ReadCgroup {
  std::vector<CgroupPlace> places;     // empty: not found (yet), or the task has none
  std::optional<CgroupReader> reader;  // where there are places
  CgroupUsage usage;
  CgroupLimits limits;
  std::optional<SteadyPoint> limits_read_at;
};

struct ContainerReading {
  int pid = 0;
  std::string labels;
  std::string info_labels;
  std::optional<TimePoint> started_at;
  ReadCgroup cgroup;
  std::optional<KeptFile> net_dev;  // nothing: the network is not its own
  std::vector<InterfaceUsage> interfaces;
  bool alive = false;  // its cgroup was there at the last read
};

struct TaskReading {
  std::string labels;
  std::string info_labels;
  std::vector<const ContainerReading*> containers;  // those that run
  Reading memory_limit_bytes;                       // task level, as the view says
  std::optional<double> cpu_limit_cores;
  ReadCgroup cgroup;
  CgroupUsage usage;  // its own cgroup's; where it has none, its containers' together
  std::vector<InterfaceUsage> interfaces;
};

struct HostReadersConfig {
  bool per_cpu = true;
  std::vector<std::string> container_labels;
  Duration limits_refresh = 60s;
};

// Not thread-safe. `budget` must outlive it.
class HostReaders {
 public:
  HostReaders(CgroupLayout layout, HostPaths paths, DescriptorBudget& budget, HostReadersConfig config);

  // Takes in a view: readers for what started, none for what ended, and a new search for what was not found
  // before. `changed`: it is not the view of the last call, so labels may be others.
  void follow(const HostView& view, bool changed);

  // Only lets go of what ended.
  void drop_ended(const HostView& view);

  // Reads everything that follow() found.
  void read(SteadyPoint now, ReadTally& tally);

  // By id, and by ARN.
  [[nodiscard]] const std::map<std::string, ContainerReading>& containers() const { return containers_; }
  [[nodiscard]] const std::map<std::string, TaskReading>& tasks() const { return tasks_; }

 private:
  const ContainerReading& follow_container(const ContainerView& container, const TaskView* task,
                                           bool changed);
  void follow_task(const TaskView& task, bool changed);
  void locate(const ContainerView& container, ContainerReading& reading);
  void read_container(ContainerReading& container, SteadyPoint now, ReadTally& tally);
  void read_task(TaskReading& task, SteadyPoint now, ReadTally& tally);
  void read_cgroup(ReadCgroup& cgroup, SteadyPoint now, ReadTally& tally);

  const CgroupLayout layout_;
  const HostPaths paths_;
  DescriptorBudget& budget_;
  const HostReadersConfig config_;
  std::map<std::string, ContainerReading> containers_;
  std::map<std::string, TaskReading> tasks_;
  std::string buffer_;
};

}  // namespace hakoban
