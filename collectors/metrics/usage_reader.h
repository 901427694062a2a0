// All that is read of one container, one task or the whole host, together.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "collectors/metrics/cgroup_places.h"
#include "collectors/metrics/cgroup_reader.h"
#include "collectors/metrics/network_reader.h"
#include "collectors/metrics/read_tally.h"
#include "core/metrics/metric_groups.h"
#include "core/time.h"
#include "platform/cgroups/host_paths.h"
#include "platform/patient_mutex.h"

namespace hakoban {

struct UsageReport {
  CgroupUsage usage;
  CgroupLimits limits;
  NetworkUsage network;
  ReadTally tally;
  bool alive = false;  // its cgroup was there
};

struct UsageReaderConfig {
  MetricGroups groups;
  Duration limits_refresh = 60s;  // limits are read again when they are older
};

// Thread-safe: one thread reads at a time. Held by shared_ptr, as a thread that hangs in the kernel keeps it
// for as long as it hangs.
class UsageReader {
 public:
  // `network_folder`: /proc/PID/net; "": the network is not its own.
  UsageReader(const std::vector<CgroupPlace>& places, const std::string& network_folder,
              const HostPaths& paths, std::shared_ptr<DescriptorBudget> budget, UsageReaderConfig config);

  // Nothing: another thread has been at it for longer than `patience`. `buffer`: the caller's, reused.
  [[nodiscard]] std::optional<UsageReport> read(std::string& buffer, SteadyPoint now, Duration patience);

  // The process has ended, its cgroup is not removed yet: reads and keeps what last() tells. False: too late.
  bool read_last(std::string& buffer, SteadyPoint now);
  [[nodiscard]] std::optional<UsageReport> last();

 private:
  UsageReport read_locked(std::string& buffer, SteadyPoint now);
  void count_descriptors(CgroupUsage& into, std::string& buffer, ReadTally& tally);

  PatientMutex mutex_;
  const std::shared_ptr<DescriptorBudget> budget_;
  const HostPaths paths_;
  const UsageReaderConfig config_;
  const Duration first_refresh_;  // of the limits
  CgroupReader cgroup_;
  std::optional<NetworkReader> network_;
  std::optional<KeptFile> processes_;  // only to count descriptors
  CgroupLimits limits_;
  std::optional<SteadyPoint> limits_due_;  // nothing: not read yet
  std::optional<UsageReport> last_;
};

}  // namespace hakoban
