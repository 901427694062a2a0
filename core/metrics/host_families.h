// The families that only containers have, only tasks have, or only the machine has.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/metrics/page_text.h"
#include "core/metrics/usage.h"
#include "core/metrics/usage_families.h"
#include "core/time.h"

namespace hakoban {

struct ContainerSample {
  UsageSample usage;
  std::optional<TimePoint> started_at;
  std::string_view info_labels;  // of ecs_container_info; "" outside ECS
};

// container_*, and ecs_container_info for the containers of ECS.
void write_container_families(PageText& page, std::span<const ContainerSample> containers,
                              const DeviceLabels& devices, TimePoint now);

struct TaskSample {
  UsageSample usage;
  std::uint64_t running_containers = 0;
  std::uint64_t restarts = 0;
  std::optional<TimePoint> started_at;
  Reading memory_limit_bytes;             // what ends first: the task's limit, or its containers' together
  std::optional<double> cpu_limit_cores;  // task level
  std::string_view info_labels;
};

// ecs_task_*.
void write_task_families(PageText& page, std::span<const TaskSample> tasks, const DeviceLabels& devices);

struct MachineFacts {
  Reading cpu_cores;
  Reading memory_bytes;
  Reading swap_bytes;
};

// From the texts of /proc/stat (a line "cpuN …" for each processor online) and /proc/meminfo.
[[nodiscard]] MachineFacts read_machine_facts(std::string_view proc_stat, std::string_view meminfo);

// machine_*.
void write_machine_families(PageText& page, const MachineFacts& facts);

}  // namespace hakoban
