// machine_cpu_cores, machine_memory_bytes, machine_swap_bytes: cAdvisor's names. From /proc/cpuinfo's online
// processors (procfs/stat) and procfs/meminfo.
#pragma once

#include <string>
#include <string_view>

#include "core/metrics/metric_source.h"
#include "platform/cgroups/host_paths.h"

namespace hakoban {

class MachineMetrics final : public MetricSource {
 public:
  explicit MachineMetrics(HostPaths paths);

  [[nodiscard]] std::string_view name() const override { return "machine"; }
  [[nodiscard]] Result<void> write(PageText& page) override;

 private:
  HostPaths paths_;
};

}  // namespace hakoban
