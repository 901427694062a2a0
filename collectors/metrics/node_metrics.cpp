#include "collectors/metrics/node_metrics.h"

#include <sys/statvfs.h>
#include <utility>
#include <vector>

#include "core/metrics/net_dev.h"
#include "core/metrics/node_families.h"
#include "platform/files.h"

namespace hakoban {

NodeMetrics::NodeMetrics(HostPaths paths, std::string rootfs)
    : paths_(std::move(paths)), rootfs_(std::move(rootfs)) {}

// "" when it cannot be read: its families are absent then.
std::string NodeMetrics::text_of(std::string_view file) const {
  auto text = read_file(paths_.procfs / file);
  return text ? *std::move(text) : std::string{};
}

Result<void> NodeMetrics::write(PageText& page) {
  const auto stat = read_file(paths_.procfs / "stat");
  write_node_stat(page, stat ? *stat : "");
  write_node_load(page, text_of("loadavg"));
  write_node_memory(page, text_of("meminfo"));
  write_node_vmstat(page, text_of("vmstat"));
  write_node_pressure(page, text_of("pressure/cpu"), text_of("pressure/memory"), text_of("pressure/io"));
  write_node_disks(page, text_of("diskstats"));
  write_filesystems(page);
  std::vector<InterfaceUsage> interfaces;
  if (parse_net_dev(text_of("1/net/dev"), interfaces)) write_node_network(page, interfaces);
  NetstatUsage netstat;
  parse_net_snmp(text_of("1/net/snmp"), netstat);
  parse_net_netstat(text_of("1/net/netstat"), netstat);
  parse_net_sockstat(text_of("1/net/sockstat"), netstat);
  write_node_netstat(page, netstat);
  write_node_tables(page, text_of("sys/fs/file-nr"), text_of("sys/net/netfilter/nf_conntrack_count"),
                    text_of("sys/net/netfilter/nf_conntrack_max"));
  if (!stat) return stat.error().within("reading the host's counters");
  return {};
}

// A file system that hangs (a network's) is not on a block device, so not asked.
void NodeMetrics::write_filesystems(PageText& page) const {
  auto mounts = mounts_on_devices(text_of("1/mountinfo"));
  std::erase_if(mounts, [this](MountUsage& mount) {
    struct statvfs told {};
    const auto path = rootfs_ == "/" ? mount.mount_point : rootfs_ + mount.mount_point;
    if (::statvfs(path.c_str(), &told) != 0) return true;
    mount.size_bytes = told.f_blocks * told.f_frsize;
    mount.free_bytes = told.f_bfree * told.f_frsize;
    mount.available_bytes = told.f_bavail * told.f_frsize;
    mount.inodes = told.f_files;
    mount.inodes_free = told.f_ffree;
    return false;
  });
  write_node_filesystems(page, mounts);
}

}  // namespace hakoban
