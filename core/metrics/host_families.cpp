#include "core/metrics/host_families.h"

#include <vector>

#include "core/metrics/exposition.h"
#include "core/metrics/kernel_text.h"

namespace hakoban {
namespace {

constexpr auto kGauge = MetricType::gauge;

struct LimitFamily {
  std::string_view name;
  Reading CgroupLimits::*reading;
  std::string_view help;
};

using L = CgroupLimits;
constexpr LimitFamily kLimits[] = {
    {"container_spec_cpu_period", &L::cpu_period_us,
     "Length of an enforcement period of the CPU quota, in microseconds."},
    {"container_spec_cpu_quota", &L::cpu_quota_us, "CPU time allowed in each period, in microseconds."},
    {"container_spec_cpu_shares", &L::cpu_shares,
     "Share of the CPU when it is short, against others' shares."},
    {"container_spec_memory_limit_bytes", &L::memory_limit_bytes, "Memory limit; 0: none."},
    {"container_spec_memory_swap_limit_bytes", &L::memory_swap_limit_bytes,
     "Limit of memory and swap together (cgroup v1) or of swap (v2); 0: none."},
    {"container_spec_memory_reservation_limit_bytes", &L::memory_reservation_limit_bytes,
     "Memory that is left to it when memory is short; 0: none."},
    {"container_threads_max", &L::threads_max, "Threads allowed; 0: no limit."},
};

std::uint64_t unix_seconds(TimePoint time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
  return seconds < 0 ? 0 : static_cast<std::uint64_t>(seconds);
}

void write_limits(PageText& page, std::span<const ContainerSample> containers) {
  for (const auto& family : kLimits) {
    FamilyWriter writer{page, family.name, kGauge, family.help};
    for (const auto& container : containers) {
      const auto& value = container.usage.limits->*family.reading;
      if (value) writer.sample(container.usage.labels, *value);
    }
  }
}

// "MemTotal:       24683020 kB"
Reading kilobytes(std::string_view line) {
  const auto value = kernel_text::number(kernel_text::take_word(line));
  return value ? Reading{*value * 1024} : std::nullopt;
}

template <class Sample>
std::vector<UsageSample> usage_of(std::span<const Sample> samples) {
  std::vector<UsageSample> usage;
  usage.reserve(samples.size());
  for (const auto& sample : samples) usage.push_back(sample.usage);
  return usage;
}

template <class Sample>
void write_info(PageText& page, std::string_view name, std::string_view help,
                std::span<const Sample> samples) {
  FamilyWriter writer{page, name, kGauge, help};
  for (const auto& sample : samples) {
    if (!sample.info_labels.empty()) writer.sample(sample.info_labels, 1);
  }
}

}  // namespace

void write_container_families(PageText& page, std::span<const ContainerSample> containers,
                              const DeviceLabels& devices, TimePoint now) {
  FamilyWriter seen{page, "container_last_seen", kGauge,
                    "When the container was seen last, in seconds since 1970."};
  for (const auto& container : containers) seen.sample(container.usage.labels, unix_seconds(now));
  FamilyWriter started{page, "container_start_time_seconds", kGauge,
                       "When the container started, in seconds since 1970."};
  for (const auto& container : containers) {
    if (container.started_at) started.sample(container.usage.labels, unix_seconds(*container.started_at));
  }
  write_limits(page, containers);
  write_usage_families(page, {.prefix = "container_", .cpu_label = true, .scope_label = true},
                       usage_of(containers), devices);
  write_info(page, "ecs_container_info", "What the container is in ECS; always 1.", containers);
}

void write_task_families(PageText& page, std::span<const TaskSample> tasks, const DeviceLabels& devices) {
  write_usage_families(page, {.prefix = "ecs_task_"}, usage_of(tasks), devices);
  FamilyWriter running{page, "ecs_task_running_containers", kGauge, "Containers of the task that run."};
  for (const auto& task : tasks) running.sample(task.usage.labels, task.running_containers);
  FamilyWriter restarts{page, "ecs_task_restarts_total", MetricType::counter,
                        "Starts of its containers after their first, seen by this agent."};
  for (const auto& task : tasks) restarts.sample(task.usage.labels, task.restarts);
  FamilyWriter started{page, "ecs_task_start_time_seconds", kGauge,
                       "When its first container started, in seconds since 1970."};
  for (const auto& task : tasks) {
    if (task.started_at) started.sample(task.usage.labels, unix_seconds(*task.started_at));
  }
  FamilyWriter memory{page, "ecs_task_memory_limit_bytes", kGauge,
                      "Memory limit of the task, or else of its containers together."};
  for (const auto& task : tasks) {
    if (task.memory_limit_bytes) memory.sample(task.usage.labels, *task.memory_limit_bytes);
  }
  FamilyWriter cpu{page, "ecs_task_cpu_limit_cores", kGauge, "CPU limit of the task."};
  for (const auto& task : tasks) {
    if (task.cpu_limit_cores) cpu.sample(task.usage.labels, {}, *task.cpu_limit_cores);
  }
  write_info(page, "ecs_task_info", "What the task is; always 1.", tasks);
}

MachineFacts read_machine_facts(std::string_view proc_stat, std::string_view meminfo) {
  MachineFacts facts;
  std::uint64_t cores = 0;
  while (!proc_stat.empty()) {
    const auto line = kernel_text::take_until(proc_stat, '\n');
    if (line.starts_with("cpu") && line.size() > 3 && line[3] >= '0' && line[3] <= '9') ++cores;
  }
  if (cores > 0) facts.cpu_cores = cores;
  while (!meminfo.empty()) {
    auto line = kernel_text::take_until(meminfo, '\n');
    const auto key = kernel_text::take_until(line, ':');
    if (key == "MemTotal") facts.memory_bytes = kilobytes(line);
    if (key == "SwapTotal") facts.swap_bytes = kilobytes(line);
  }
  return facts;
}

void write_machine_families(PageText& page, const MachineFacts& facts) {
  const auto one = [&](std::string_view name, const Reading& value, std::string_view help) {
    if (value) FamilyWriter{page, name, kGauge, help}.sample({}, *value);
  };
  one("machine_cpu_cores", facts.cpu_cores, "Logical processors of the machine.");
  one("machine_memory_bytes", facts.memory_bytes, "Memory of the machine.");
  one("machine_swap_bytes", facts.swap_bytes, "Swap space of the machine.");
}

}  // namespace hakoban
