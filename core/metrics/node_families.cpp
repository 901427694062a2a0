#include "core/metrics/node_families.h"

#include <array>
#include <charconv>

#include <fmt/format.h>

#include "core/metrics/cgroup_v2.h"
#include "core/metrics/exposition.h"
#include "core/metrics/kernel_text.h"
#include "core/metrics/label_block.h"

namespace hakoban {
namespace {

using kernel_text::number;
using kernel_text::take_until;
using kernel_text::take_word;

constexpr auto kCounter = MetricType::counter;
constexpr auto kGauge = MetricType::gauge;
constexpr std::uint64_t kTickNs = 10'000'000;  // USER_HZ is 100 on every architecture that ECS runs on

struct Row {
  std::string_view key;
  std::string_view name;
  MetricType type;
  std::string_view help;
};

void write_one(PageText& page, std::string_view name, MetricType type, std::string_view help,
               const Reading& value) {
  if (value) FamilyWriter{page, name, type, help}.sample({}, *value);
}

constexpr Row kStatRows[] = {
    {"ctxt", "node_context_switches_total", kCounter, "Context switches."},
    {"processes", "node_forks_total", kCounter, "Forks."},
    {"btime", "node_boot_time_seconds", kGauge, "When the host booted, in seconds since 1970."},
    {"procs_running", "node_procs_running", kGauge, "Threads that run or could."},
    {"procs_blocked", "node_procs_blocked", kGauge, "Threads that wait for I/O."},
};

constexpr std::array<std::string_view, 8> kModes{"user",   "nice", "system",  "idle",
                                                 "iowait", "irq",  "softirq", "steal"};

// "cpu0 10 0 20 …", in ticks.
void write_cpu(FamilyWriter& writer, std::string_view cpu, std::string_view columns) {
  for (const auto mode : kModes) {
    const auto ticks = number(take_word(columns));
    if (!ticks) return;
    writer.seconds(LabelBlock{}.add("cpu", cpu).add("mode", mode).text(), {}, *ticks * kTickNs);
  }
}

constexpr Row kMemoryRows[] = {
    {"MemTotal", "node_memory_MemTotal_bytes", kGauge, "Memory of the host."},
    {"MemFree", "node_memory_MemFree_bytes", kGauge, "Memory that nothing uses."},
    {"MemAvailable", "node_memory_MemAvailable_bytes", kGauge, "Memory to be had without swapping."},
    {"Buffers", "node_memory_Buffers_bytes", kGauge, "Buffers of block devices."},
    {"Cached", "node_memory_Cached_bytes", kGauge, "Page cache."},
    {"SwapTotal", "node_memory_SwapTotal_bytes", kGauge, "Swap space."},
    {"SwapFree", "node_memory_SwapFree_bytes", kGauge, "Free swap space."},
    {"Dirty", "node_memory_Dirty_bytes", kGauge, "Page cache not written to disk yet."},
    {"Slab", "node_memory_Slab_bytes", kGauge, "The kernel's own structures."},
    {"SReclaimable", "node_memory_SReclaimable_bytes", kGauge, "Those that it can give up."},
};

constexpr Row kVmstatRows[] = {
    {"pgmajfault", "node_vmstat_pgmajfault", kCounter, "Page faults that had to read from disk."},
    {"oom_kill", "node_vmstat_oom_kill", kCounter,
     "Processes killed for want of memory, the host's or a cgroup's."},
};

struct DiskRow {
  std::string_view name;
  MetricType type;
  std::size_t column;  // behind the device's name
  enum class Unit { plain, sectors, milliseconds } unit;
  std::string_view help;
};

constexpr std::size_t kDiskColumns = 11;
constexpr DiskRow kDiskRows[] = {
    {"node_disk_reads_completed_total", kCounter, 0, DiskRow::Unit::plain, "Reads that completed."},
    {"node_disk_read_bytes_total", kCounter, 2, DiskRow::Unit::sectors, "Bytes read."},
    {"node_disk_read_time_seconds_total", kCounter, 3, DiskRow::Unit::milliseconds,
     "Time of all reads together."},
    {"node_disk_writes_completed_total", kCounter, 4, DiskRow::Unit::plain, "Writes that completed."},
    {"node_disk_written_bytes_total", kCounter, 6, DiskRow::Unit::sectors, "Bytes written."},
    {"node_disk_write_time_seconds_total", kCounter, 7, DiskRow::Unit::milliseconds,
     "Time of all writes together."},
    {"node_disk_io_now", kGauge, 8, DiskRow::Unit::plain, "Requests under way."},
    {"node_disk_io_time_seconds_total", kCounter, 9, DiskRow::Unit::milliseconds,
     "Time with requests under way."},
};

struct Disk {
  std::string labels;
  std::array<std::uint64_t, kDiskColumns> columns{};
};

// What node_exporter passes over as well: ram, loop and floppy devices, and partitions.
bool is_whole_disk(std::string_view name) {
  for (std::string_view prefix : {"ram", "loop", "fd", "zram", "sr"}) {
    if (name.starts_with(prefix)) return false;
  }
  const bool by_p = name.starts_with("nvme") || name.starts_with("mmcblk");
  const auto p = name.rfind('p');
  if (by_p) return p == std::string_view::npos || !number(name.substr(p + 1));
  const bool lettered =
      name.starts_with("sd") || name.starts_with("hd") || name.starts_with("vd") || name.starts_with("xvd");
  return !lettered || name.back() < '0' || name.back() > '9';
}

std::vector<Disk> parse_disks(std::string_view text) {
  std::vector<Disk> disks;
  while (!text.empty()) {
    auto line = take_until(text, '\n');
    take_word(line);
    take_word(line);
    const auto name = take_word(line);
    if (name.empty() || !is_whole_disk(name)) continue;
    Disk disk{LabelBlock{}.add("device", name).text(), {}};
    bool whole = true;
    for (auto& column : disk.columns) {
      const auto value = number(take_word(line));
      whole = whole && value;
      column = value.value_or(0);
    }
    if (whole) disks.push_back(std::move(disk));
  }
  return disks;
}

}  // namespace

void write_node_stat(PageText& page, std::string_view proc_stat) {
  std::array<Reading, std::size(kStatRows)> values;
  {
    FamilyWriter cpus{page, "node_cpu_seconds_total", kCounter, "Time that the CPUs spent in each mode."};
    while (!proc_stat.empty()) {
      auto line = take_until(proc_stat, '\n');
      const auto key = take_word(line);
      if (key.size() > 3 && key.starts_with("cpu")) write_cpu(cpus, key.substr(3), line);
      for (std::size_t i = 0; i < values.size(); ++i) {
        if (key == kStatRows[i].key) values[i] = number(take_word(line));
      }
    }
  }
  for (std::size_t i = 0; i < values.size(); ++i)
    write_one(page, kStatRows[i].name, kStatRows[i].type, kStatRows[i].help, values[i]);
}

void write_node_load(PageText& page, std::string_view loadavg) {
  struct Load {
    std::string_view name;
    std::string_view help;
  };
  constexpr Load kLoads[] = {{"node_load1", "Load average over a minute."},
                             {"node_load5", "Load average over five minutes."},
                             {"node_load15", "Load average over fifteen minutes."}};
  for (const auto& load : kLoads) {
    const auto word = take_word(loadavg);
    double value = 0;
    const auto [end, failed] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (failed != std::errc{} || end != word.data() + word.size()) return;
    FamilyWriter{page, load.name, kGauge, load.help}.sample({}, {}, value);
  }
}

void write_node_memory(PageText& page, std::string_view meminfo) {
  while (!meminfo.empty()) {
    auto line = take_until(meminfo, '\n');
    const auto key = take_until(line, ':');
    const auto value = number(take_word(line));
    for (const auto& row : kMemoryRows) {
      if (row.key == key && value) write_one(page, row.name, row.type, row.help, *value * 1024);
    }
  }
}

void write_node_vmstat(PageText& page, std::string_view vmstat) {
  while (!vmstat.empty()) {
    auto line = take_until(vmstat, '\n');
    const auto key = take_until(line, ' ');
    for (const auto& row : kVmstatRows) {
      if (row.key == key) write_one(page, row.name, row.type, row.help, number(line));
    }
  }
}

void write_node_pressure(PageText& page, std::string_view cpu, std::string_view memory, std::string_view io) {
  CgroupUsage usage;
  v2::cpu_pressure(cpu, usage);
  v2::memory_pressure(memory, usage);
  v2::io_pressure(io, usage);
  const auto one = [&](std::string_view name, const Reading& value, std::string_view help) {
    if (value) FamilyWriter{page, name, kCounter, help}.seconds({}, {}, *value);
  };
  one("node_pressure_cpu_waiting_seconds_total", usage.cpu_waiting_ns,
      "Time in which some waited for a CPU.");
  one("node_pressure_memory_waiting_seconds_total", usage.memory_waiting_ns,
      "Time in which some waited for memory.");
  one("node_pressure_memory_stalled_seconds_total", usage.memory_stalled_ns,
      "Time in which all waited for memory.");
  one("node_pressure_io_waiting_seconds_total", usage.io_waiting_ns, "Time in which some waited for I/O.");
  one("node_pressure_io_stalled_seconds_total", usage.io_stalled_ns, "Time in which all waited for I/O.");
}

void write_node_disks(PageText& page, std::string_view diskstats) {
  constexpr std::uint64_t kSector = 512;  // whatever the device's own is
  constexpr std::uint64_t kNsPerMs = 1'000'000;
  const auto disks = parse_disks(diskstats);
  for (const auto& row : kDiskRows) {
    FamilyWriter writer{page, row.name, row.type, row.help};
    for (const auto& disk : disks) {
      const auto value = disk.columns[row.column];
      if (row.unit == DiskRow::Unit::milliseconds)
        writer.seconds(disk.labels, {}, value * kNsPerMs);
      else
        writer.sample(disk.labels, row.unit == DiskRow::Unit::sectors ? value * kSector : value);
    }
  }
}

void write_node_tables(PageText& page, std::string_view file_nr, std::string_view conntrack_count,
                       std::string_view conntrack_max) {
  auto files = take_until(file_nr, '\n');
  const auto allocated = number(take_word(files));
  take_word(files);
  write_one(page, "node_filefd_allocated", kGauge, "File descriptions that are open.", allocated);
  write_one(page, "node_filefd_maximum", kGauge, "File descriptions that may be open.",
            number(take_word(files)));
  write_one(page, "node_nf_conntrack_entries", kGauge, "Connections that the firewall keeps track of.",
            kernel_text::single_number(conntrack_count));
  write_one(page, "node_nf_conntrack_entries_limit", kGauge, "How many it can.",
            kernel_text::single_number(conntrack_max));
}

}  // namespace hakoban
