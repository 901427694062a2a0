#include "collectors/metrics/machine_metrics.h"

#include <utility>

#include "core/metrics/host_families.h"
#include "platform/files.h"

namespace hakoban {

MachineMetrics::MachineMetrics(HostPaths paths) : paths_(std::move(paths)) {}

Result<void> MachineMetrics::write(PageText& page) {
  const auto stat = read_file(paths_.procfs / "stat");
  const auto meminfo = read_file(paths_.procfs / "meminfo");
  write_machine_families(page, read_machine_facts(stat ? *stat : "", meminfo ? *meminfo : ""));
  if (!stat) return stat.error().within("counting processors");
  if (!meminfo) return meminfo.error().within("reading the machine's memory");
  return {};
}

}  // namespace hakoban
