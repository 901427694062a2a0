// The essentials of the host under node_exporter's names: from the texts of /proc files, described in proc(5)
// and the kernel's Documentation/admin-guide/iostats.rst. Each function writes whole families; what a text
// lacks is absent.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/metrics/page_text.h"
#include "core/metrics/proc_net.h"
#include "core/metrics/usage.h"

namespace hakoban {

// /proc/stat: node_cpu_seconds_total, node_context_switches_total, node_forks_total, node_boot_time_seconds,
// node_procs_running, node_procs_blocked.
void write_node_stat(PageText& page, std::string_view proc_stat);

// /proc/loadavg: node_load1, node_load5, node_load15.
void write_node_load(PageText& page, std::string_view loadavg);

// /proc/meminfo: node_memory_*_bytes.
void write_node_memory(PageText& page, std::string_view meminfo);

// /proc/vmstat: node_vmstat_*.
void write_node_vmstat(PageText& page, std::string_view vmstat);

// /proc/pressure/{cpu,memory,io}: node_pressure_*_seconds_total.
void write_node_pressure(PageText& page, std::string_view cpu, std::string_view memory, std::string_view io);

// /proc/diskstats: node_disk_*, of whole devices in use, without loop and ram devices and partitions.
void write_node_disks(PageText& page, std::string_view diskstats);

// /proc/sys/fs/file-nr and nf_conntrack_{count,max}: node_filefd_*, node_nf_conntrack_*.
void write_node_tables(PageText& page, std::string_view file_nr, std::string_view conntrack_count,
                       std::string_view conntrack_max);

// node_network_*_total by device, without the ends of containers' virtual cables.
void write_node_network(PageText& page, std::span<const InterfaceUsage> interfaces);

// node_netstat_*, node_sockstat_*.
void write_node_netstat(PageText& page, const NetstatUsage& usage);

struct MountUsage {
  std::string device;
  std::string fstype;
  std::string mount_point;
  std::uint64_t size_bytes = 0;
  std::uint64_t free_bytes = 0;
  std::uint64_t available_bytes = 0;
  std::uint64_t inodes = 0;
  std::uint64_t inodes_free = 0;
  bool read_only = false;
};

// The file systems on block devices in a mountinfo, each device once: only device, fstype, mount_point and
// read_only are set.
[[nodiscard]] std::vector<MountUsage> mounts_on_devices(std::string_view mountinfo);

// node_filesystem_*.
void write_node_filesystems(PageText& page, std::span<const MountUsage> mounts);

}  // namespace hakoban
