// Which families are asked for. Names and defaults are those of cAdvisor's --enable_metrics and
// --disable_metrics, where it has them.
#pragma once

#include <bitset>
#include <span>
#include <string>
#include <string_view>

#include "core/result.h"

namespace hakoban {

enum class MetricGroup {
  always,    // cannot be switched off
  percpu,    // CPU time by processor, where the kernel counts so
  pressure,  // PSI
  disk_io,
  disk,  // size of a container's own layer: walks folders in the background
  network,
  process,
  host,
  netstat,  // TCP retransmits, listen drops, sockets: three more files a network namespace
  tcp,      // connections by state: the kernel walks all its connections for each container
  udp,
  fds,  // lists /proc/PID/fd of every process
  hugetlb,
};
inline constexpr std::size_t kMetricGroupCount = 13;

[[nodiscard]] std::string_view name_of(MetricGroup group);

// A value. By default what cAdvisor has on by default, with `process` and `host`.
class MetricGroups {
 public:
  MetricGroups();

  [[nodiscard]] bool has(MetricGroup group) const { return on_[static_cast<std::size_t>(group)]; }
  void set(MetricGroup group, bool on) { on_[static_cast<std::size_t>(group)] = on; }

  // Switches groups by name. Errors: invalid, naming the unknown one.
  [[nodiscard]] Result<void> set(std::span<const std::string> names, bool on);

 private:
  std::bitset<kMetricGroupCount> on_;
};

}  // namespace hakoban
