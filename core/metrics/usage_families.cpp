#include "core/metrics/usage_families.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/metrics/exposition.h"
#include "core/metrics/label_block.h"

namespace hakoban {
namespace {

enum class Unit { plain, nanoseconds };
enum class When { always, with_quota };

struct ScalarFamily {
  std::string_view name;
  MetricType type;
  Reading CgroupUsage::*reading;
  std::string_view help;
  Unit unit = Unit::plain;
  When when = When::always;
};

constexpr auto kCounter = MetricType::counter;
constexpr auto kGauge = MetricType::gauge;
using U = CgroupUsage;

constexpr ScalarFamily kScalars[] = {
    {"cpu_user_seconds_total", kCounter, &U::cpu_user_ns, "CPU time spent in user mode.", Unit::nanoseconds},
    {"cpu_system_seconds_total", kCounter, &U::cpu_system_ns, "CPU time spent in the kernel.",
     Unit::nanoseconds},
    {"cpu_cfs_periods_total", kCounter, &U::cfs_periods, "Enforcement periods of the CPU quota that passed.",
     Unit::plain, When::with_quota},
    {"cpu_cfs_throttled_periods_total", kCounter, &U::cfs_throttled_periods,
     "Enforcement periods in which the CPU quota ran out.", Unit::plain, When::with_quota},
    {"cpu_cfs_throttled_seconds_total", kCounter, &U::cfs_throttled_ns, "Time kept waiting by the CPU quota.",
     Unit::nanoseconds, When::with_quota},
    {"cpu_cfs_burst_periods_total", kCounter, &U::cfs_bursts,
     "Enforcement periods that used saved-up CPU quota.", Unit::plain, When::with_quota},
    {"cpu_cfs_burst_seconds_total", kCounter, &U::cfs_burst_ns,
     "CPU time used above the quota from what was saved up.", Unit::nanoseconds, When::with_quota},
    {"memory_usage_bytes", kGauge, &U::memory_usage_bytes, "Memory in use, page cache included."},
    {"memory_max_usage_bytes", kGauge, &U::memory_max_usage_bytes, "Most memory that was ever in use."},
    {"memory_rss", kGauge, &U::memory_rss_bytes, "Anonymous memory, in bytes."},
    {"memory_cache", kGauge, &U::memory_cache_bytes, "Page cache, in bytes."},
    {"memory_mapped_file", kGauge, &U::memory_mapped_file_bytes, "Files mapped into memory, in bytes."},
    {"memory_swap", kGauge, &U::memory_swap_bytes, "Swap in use, in bytes."},
    {"memory_kernel_usage", kGauge, &U::memory_kernel_bytes, "Memory of the kernel charged here, in bytes."},
    {"memory_failcnt", kCounter, &U::memory_failcnt, "Times that memory use met its limit."},
    {"memory_total_active_file_bytes", kGauge, &U::memory_active_file_bytes, "Page cache used of late."},
    {"memory_total_inactive_file_bytes", kGauge, &U::memory_inactive_file_bytes,
     "Page cache that the kernel gives up first."},
    {"memory_events_low_total", kCounter, &U::memory_events_low,
     "Times that memory was reclaimed although use was below the reservation."},
    {"memory_events_high_total", kCounter, &U::memory_events_high,
     "Times that processes were throttled above memory.high."},
    {"memory_events_max_total", kCounter, &U::memory_events_max,
     "Times that memory use was about to pass its limit."},
    {"memory_events_oom_total", kCounter, &U::memory_events_oom,
     "Times that an allocation was about to fail at the memory limit."},
    {"memory_events_oom_kill_total", kCounter, &U::memory_events_oom_kill,
     "Processes killed by the OOM killer."},
    {"memory_swap_events_high_total", kCounter, &U::swap_events_high,
     "Times that swap use was above memory.swap.high."},
    {"memory_swap_events_max_total", kCounter, &U::swap_events_max,
     "Times that swap use was about to pass its limit."},
    {"memory_swap_events_fail_total", kCounter, &U::swap_events_fail,
     "Times that there was no swap to be had."},
    {"oom_events_total", kCounter, &U::oom_kills, "Processes killed for want of memory."},
    {"pressure_cpu_waiting_seconds_total", kCounter, &U::cpu_waiting_ns,
     "Time in which some of its tasks waited for a CPU.", Unit::nanoseconds},
    {"pressure_cpu_stalled_seconds_total", kCounter, &U::cpu_stalled_ns,
     "Time in which all of its tasks waited for a CPU.", Unit::nanoseconds},
    {"pressure_memory_waiting_seconds_total", kCounter, &U::memory_waiting_ns,
     "Time in which some of its tasks waited for memory.", Unit::nanoseconds},
    {"pressure_memory_stalled_seconds_total", kCounter, &U::memory_stalled_ns,
     "Time in which all of its tasks waited for memory.", Unit::nanoseconds},
    {"pressure_io_waiting_seconds_total", kCounter, &U::io_waiting_ns,
     "Time in which some of its tasks waited for I/O.", Unit::nanoseconds},
    {"pressure_io_stalled_seconds_total", kCounter, &U::io_stalled_ns,
     "Time in which all of its tasks waited for I/O.", Unit::nanoseconds},
    {"processes", kGauge, &U::processes, "Processes running."},
    {"threads", kGauge, &U::threads, "Threads running."},
    {"pids_events_max_total", kCounter, &U::forks_refused, "Times that a fork met the limit of threads."},
    {"file_descriptors", kGauge, &U::file_descriptors, "Descriptors that its processes have open."},
    {"sockets", kGauge, &U::sockets, "Sockets among the descriptors that its processes have open."},
};

using Samples = std::span<const UsageSample>;

void write_scalar(PageText& page, std::string_view prefix, const ScalarFamily& family, Samples samples) {
  FamilyWriter writer{page, prefix, family.name, family.type, family.help};
  for (const auto& sample : samples) {
    if (family.when == When::with_quota && !sample.limits->cpu_quota_us) continue;
    const Reading& value = sample.usage->*family.reading;
    if (!value) continue;
    if (family.unit == Unit::nanoseconds)
      writer.seconds(sample.labels, {}, *value);
    else
      writer.sample(sample.labels, *value);
  }
}

std::string cpu_label(std::size_t number) {
  return fmt::format("cpu=\"cpu{:02}\"", number);
}

void write_cpu_usage(PageText& page, const UsageStyle& style, Samples samples) {
  std::vector<std::string> labels;
  FamilyWriter writer{page, style.prefix, "cpu_usage_seconds_total", kCounter, "CPU time used."};
  for (const auto& sample : samples) {
    const auto& each = sample.usage->cpu_each_ns;
    if (style.cpu_label && !each.empty()) {
      while (labels.size() < each.size()) labels.push_back(cpu_label(labels.size()));
      for (std::size_t i = 0; i < each.size(); ++i) {
        if (each[i] > 0) writer.seconds(sample.labels, labels[i], each[i]);
      }
    } else if (sample.usage->cpu_total_ns) {
      writer.seconds(sample.labels, style.cpu_label ? "cpu=\"total\"" : "", *sample.usage->cpu_total_ns);
    }
  }
}

void write_working_set(PageText& page, const UsageStyle& style, Samples samples) {
  FamilyWriter writer{page, style.prefix, "memory_working_set_bytes", kGauge,
                      "Memory in use less what the kernel can give up first."};
  for (const auto& sample : samples) {
    if (const auto value = sample.usage->memory_working_set_bytes()) writer.sample(sample.labels, *value);
  }
}

void write_memory_failures(PageText& page, const UsageStyle& style, Samples samples) {
  struct Kind {
    std::string_view label;
    Reading CgroupUsage::*reading;
  };
  constexpr Kind kKinds[] = {{"failure_type=\"pgfault\"", &U::memory_page_faults},
                             {"failure_type=\"pgmajfault\"", &U::memory_major_page_faults}};
  FamilyWriter writer{page, style.prefix, "memory_failures_total", kCounter, "Page faults."};
  for (const auto& [label, reading] : kKinds) {
    // A container's cgroup has none below it: both scopes are one number, as in cAdvisor.
    const auto container = std::string{label} + ",scope=\"container\"";
    const auto hierarchy = std::string{label} + ",scope=\"hierarchy\"";
    for (const auto& sample : samples) {
      const auto& value = sample.usage->*reading;
      if (!value) continue;
      writer.sample(sample.labels, style.scope_label ? std::string_view{container} : label, *value);
      if (style.scope_label) writer.sample(sample.labels, hierarchy, *value);
    }
  }
}

struct DeviceFamily {
  std::string_view name;
  std::array<Reading, kIoOperationCount> DeviceIo::*values;
  IoOperation operation;
  std::string_view help;
};

constexpr DeviceFamily kDeviceFamilies[] = {
    {"fs_reads_bytes_total", &DeviceIo::bytes, IoOperation::read, "Bytes read from the device."},
    {"fs_writes_bytes_total", &DeviceIo::bytes, IoOperation::write, "Bytes written to the device."},
    {"fs_reads_total", &DeviceIo::requests, IoOperation::read, "Reads from the device that completed."},
    {"fs_writes_total", &DeviceIo::requests, IoOperation::write, "Writes to the device that completed."},
};

void write_devices(PageText& page, std::string_view prefix, const DeviceFamily& family, Samples samples,
                   const DeviceLabels& devices) {
  FamilyWriter writer{page, prefix, family.name, kCounter, family.help};
  for (const auto& sample : samples) {
    for (const auto& device : sample.usage->io) {
      const auto& value = (device.*family.values)[static_cast<std::size_t>(family.operation)];
      const auto* const labels = devices.find(device.major, device.minor);
      if (value && labels) writer.sample(sample.labels, labels->device, *value);
    }
  }
}

void write_blkio(PageText& page, std::string_view prefix, Samples samples, const DeviceLabels& devices) {
  FamilyWriter writer{page, prefix, "blkio_device_usage_total", kCounter,
                      "Bytes moved to or from the device."};
  for (const auto& sample : samples) {
    for (const auto& device : sample.usage->io) {
      const auto* const labels = devices.find(device.major, device.minor);
      for (std::size_t i = 0; labels && i < kIoOperationCount; ++i) {
        if (device.bytes[i]) writer.sample(sample.labels, labels->operations[i], *device.bytes[i]);
      }
    }
  }
}

struct LayerFamily {
  std::string_view name;
  Reading LayerUsage::*reading;
  std::string_view help;
};

constexpr LayerFamily kLayerFamilies[] = {
    {"fs_usage_bytes", &LayerUsage::usage_bytes, "Size of its own layer."},
    {"fs_limit_bytes", &LayerUsage::limit_bytes, "Size of the file system that holds its layer."},
    {"fs_inodes_total", &LayerUsage::inodes, "Inodes of the file system that holds its layer."},
    {"fs_inodes_free", &LayerUsage::inodes_free, "Free inodes of the file system that holds its layer."},
};

void write_layers(PageText& page, std::string_view prefix, Samples samples) {
  for (const auto& family : kLayerFamilies) {
    FamilyWriter writer{page, prefix, family.name, kGauge, family.help};
    for (const auto& sample : samples) {
      for (const auto& layer : sample.layers) {
        if (const auto& value = layer.*family.reading) writer.sample(sample.labels, layer.device, *value);
      }
    }
  }
}

struct HugePageFamily {
  std::string_view name;
  MetricType type;
  Reading HugePageUsage::*reading;
  std::string_view help;
};

constexpr HugePageFamily kHugePageFamilies[] = {
    {"hugetlb_usage_bytes", kGauge, &HugePageUsage::usage_bytes, "Huge pages in use."},
    {"hugetlb_max_usage_bytes", kGauge, &HugePageUsage::max_usage_bytes, "Most huge pages ever in use."},
    {"hugetlb_failcnt", kCounter, &HugePageUsage::failcnt, "Times that huge pages met their limit."},
};

void write_huge_pages(PageText& page, std::string_view prefix, Samples samples) {
  for (const auto& family : kHugePageFamilies) {
    FamilyWriter writer{page, prefix, family.name, family.type, family.help};
    for (const auto& sample : samples) {
      for (const auto& size : sample.usage->hugetlb) {
        if (const auto& value = size.*family.reading)
          writer.sample(sample.labels, LabelBlock{}.add("pagesize", size.page_size).text(), *value);
      }
    }
  }
}

}  // namespace

void DeviceLabels::set(std::uint32_t major, std::uint32_t minor, std::string_view name) {
  if (has(major, minor)) return;
  Entry entry{major, minor, LabelBlock{}.add("device", name).text(), {}};
  for (std::size_t i = 0; i < kIoOperationCount; ++i) {
    entry.operations[i] = LabelBlock{}
                              .add("device", name)
                              .add("major", fmt::to_string(major))
                              .add("minor", fmt::to_string(minor))
                              .add("operation", name_of(static_cast<IoOperation>(i)))
                              .text();
  }
  entries_.push_back(std::move(entry));
}

bool DeviceLabels::has(std::uint32_t major, std::uint32_t minor) const {
  return find(major, minor) != nullptr;
}

const DeviceLabels::Entry* DeviceLabels::find(std::uint32_t major, std::uint32_t minor) const {
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const auto& e) { return e.major == major && e.minor == minor; });
  return found == entries_.end() ? nullptr : &*found;
}

void write_usage_families(PageText& page, const UsageStyle& style, std::span<const UsageSample> samples,
                          const DeviceLabels& devices) {
  write_cpu_usage(page, style, samples);
  for (const auto& family : kScalars) write_scalar(page, style.prefix, family, samples);
  write_working_set(page, style, samples);
  write_memory_failures(page, style, samples);
  for (const auto& family : kDeviceFamilies) write_devices(page, style.prefix, family, samples, devices);
  write_blkio(page, style.prefix, samples, devices);
  write_layers(page, style.prefix, samples);
  write_huge_pages(page, style.prefix, samples);
  write_network_families(page, style.prefix, samples);
}

}  // namespace hakoban
