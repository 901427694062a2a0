#include <set>

#include "core/metrics/cgroup_mounts.h"
#include "core/metrics/exposition.h"
#include "core/metrics/kernel_text.h"
#include "core/metrics/label_block.h"
#include "core/metrics/node_families.h"

namespace hakoban {
namespace {

constexpr auto kCounter = MetricType::counter;
constexpr auto kGauge = MetricType::gauge;

struct InterfaceRow {
  std::string_view name;
  std::uint64_t InterfaceUsage::*value;
  std::string_view help;
};

using I = InterfaceUsage;
constexpr InterfaceRow kInterfaceRows[] = {
    {"node_network_receive_bytes_total", &I::receive_bytes, "Bytes received."},
    {"node_network_receive_packets_total", &I::receive_packets, "Packets received."},
    {"node_network_receive_errs_total", &I::receive_errors, "Errors while receiving."},
    {"node_network_receive_drop_total", &I::receive_dropped, "Packets dropped while receiving."},
    {"node_network_transmit_bytes_total", &I::transmit_bytes, "Bytes sent."},
    {"node_network_transmit_packets_total", &I::transmit_packets, "Packets sent."},
    {"node_network_transmit_errs_total", &I::transmit_errors, "Errors while sending."},
    {"node_network_transmit_drop_total", &I::transmit_dropped, "Packets dropped while sending."},
};

struct NetstatRow {
  std::string_view name;
  MetricType type;
  Reading NetstatUsage::*value;
  std::string_view help;
};

using N = NetstatUsage;
constexpr NetstatRow kNetstatRows[] = {
    {"node_netstat_Tcp_OutSegs", kCounter, &N::tcp_segments_sent,
     "TCP segments sent, without those sent again."},
    {"node_netstat_Tcp_RetransSegs", kCounter, &N::tcp_segments_retransmitted, "TCP segments sent again."},
    {"node_netstat_TcpExt_ListenDrops", kCounter, &N::tcp_listen_drops,
     "Connections dropped by listening sockets."},
    {"node_netstat_TcpExt_ListenOverflows", kCounter, &N::tcp_listen_overflows,
     "Connections that found the queue of a listening socket full."},
    {"node_sockstat_sockets_used", kGauge, &N::sockets_used, "Sockets of all kinds."},
    {"node_sockstat_TCP_inuse", kGauge, &N::tcp_in_use, "TCP sockets in use."},
    {"node_sockstat_TCP_orphan", kGauge, &N::tcp_orphan, "TCP sockets that no process has open."},
    {"node_sockstat_TCP_tw", kGauge, &N::tcp_time_wait, "TCP sockets in TIME_WAIT."},
    {"node_sockstat_TCP_alloc", kGauge, &N::tcp_allocated,
     "TCP sockets allocated, in all network namespaces."},
    {"node_sockstat_UDP_inuse", kGauge, &N::udp_in_use, "UDP sockets in use."},
};

struct MountRow {
  std::string_view name;
  std::uint64_t MountUsage::*value;
  std::string_view help;
};

using M = MountUsage;
constexpr MountRow kMountRows[] = {
    {"node_filesystem_size_bytes", &M::size_bytes, "Size of the file system."},
    {"node_filesystem_free_bytes", &M::free_bytes, "Free space."},
    {"node_filesystem_avail_bytes", &M::available_bytes, "Free space for others than root."},
    {"node_filesystem_files", &M::inodes, "Inodes."},
    {"node_filesystem_files_free", &M::inodes_free, "Free inodes."},
};

}  // namespace

void write_node_network(PageText& page, std::span<const InterfaceUsage> interfaces) {
  for (const auto& row : kInterfaceRows) {
    FamilyWriter writer{page, row.name, kCounter, row.help};
    for (const auto& one : interfaces)
      writer.sample(LabelBlock{}.add("device", one.name).text(), one.*row.value);
  }
}

void write_node_netstat(PageText& page, const NetstatUsage& usage) {
  for (const auto& row : kNetstatRows) {
    if (const auto& value = usage.*row.value)
      FamilyWriter{page, row.name, row.type, row.help}.sample({}, *value);
  }
}

// "36 35 98:0 /root /mount/point options shared:1 … - type source super,options"
std::vector<MountUsage> mounts_on_devices(std::string_view mountinfo) {
  std::vector<MountUsage> mounts;
  std::set<std::string, std::less<>> devices;
  while (!mountinfo.empty()) {
    const auto line = kernel_text::take_until(mountinfo, '\n');
    const auto dash = line.find(" - ");
    if (dash == std::string_view::npos) continue;
    auto before = line.substr(0, dash);
    auto after = line.substr(dash + 3);
    for (int i = 0; i < 4; ++i) kernel_text::take_until(before, ' ');
    MountUsage mount;
    mount.mount_point = unescape_mount(kernel_text::take_until(before, ' '));
    const auto options = kernel_text::take_until(before, ' ');
    mount.read_only = options == "ro" || options.starts_with("ro,");
    mount.fstype = kernel_text::take_until(after, ' ');
    mount.device = unescape_mount(kernel_text::take_until(after, ' '));
    // A device that is mounted in several places is told of where it was mounted first.
    if (mount.device.starts_with("/dev/") && !mount.device.starts_with("/dev/loop") &&
        devices.insert(mount.device).second)
      mounts.push_back(std::move(mount));
  }
  return mounts;
}

void write_node_filesystems(PageText& page, std::span<const MountUsage> mounts) {
  const auto labels = [](const MountUsage& mount) {
    return LabelBlock{}
        .add("device", mount.device)
        .add("fstype", mount.fstype)
        .add("mountpoint", mount.mount_point)
        .text();
  };
  for (const auto& row : kMountRows) {
    FamilyWriter writer{page, row.name, kGauge, row.help};
    for (const auto& mount : mounts) writer.sample(labels(mount), mount.*row.value);
  }
  FamilyWriter read_only{page, "node_filesystem_readonly", kGauge, "Whether it is mounted read-only."};
  for (const auto& mount : mounts) read_only.sample(labels(mount), mount.read_only ? 1 : 0);
}

}  // namespace hakoban
