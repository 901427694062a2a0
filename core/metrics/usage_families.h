// The families that containers and tasks share: cAdvisor's names behind "container_", the same behind
// "ecs_task_". Names, types, units and extra labels are those of cAdvisor's metrics/prometheus.go.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/metrics/page_text.h"
#include "core/metrics/proc_net.h"
#include "core/metrics/usage.h"

namespace hakoban {

// A block device's labels, rendered once.
class DeviceLabels {
 public:
  // `name`: "/dev/nvme0n1".
  void set(std::uint32_t major, std::uint32_t minor, std::string_view name);
  [[nodiscard]] bool has(std::uint32_t major, std::uint32_t minor) const;

  struct Entry {
    std::uint32_t major = 0;
    std::uint32_t minor = 0;
    std::string device;                                     // device="…"
    std::array<std::string, kIoOperationCount> operations;  // device, major, minor and operation
  };
  // Null: never set.
  [[nodiscard]] const Entry* find(std::uint32_t major, std::uint32_t minor) const;

 private:
  std::vector<Entry> entries_;  // a host has few
};

// A container's own layer and the file system that holds it.
struct LayerUsage {
  std::string device;   // device="…"
  Reading usage_bytes;  // missing until it was walked
  Reading limit_bytes;
  Reading inodes;
  Reading inodes_free;
};

// One row of every family. What it points to must live until the page is written.
struct UsageSample {
  std::string_view labels;
  const CgroupUsage* usage = nullptr;
  const CgroupLimits* limits = nullptr;
  std::span<const InterfaceUsage> interfaces = {};
  const NetstatUsage* netstat = nullptr;          // null: not asked for
  const ConnectionStates* connections = nullptr;  // null: not asked for
  std::span<const LayerUsage> layers = {};
};

struct UsageStyle {
  std::string_view prefix;  // "container_"
  bool cpu_label = false;  // cpu="cpu00" … where the kernel counts by CPU, else cpu="total"; false: no label
  bool scope_label = false;  // memory_failures_total by scope, as cAdvisor has it
};

void write_usage_families(PageText& page, const UsageStyle& style, std::span<const UsageSample> samples,
                          const DeviceLabels& devices);

// The part of them that tells of the network. write_usage_families() calls it.
void write_network_families(PageText& page, std::string_view prefix, std::span<const UsageSample> samples);

}  // namespace hakoban
