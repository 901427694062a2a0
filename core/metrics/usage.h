// What a cgroup and a network namespace have used, and what they may use, as values. Every number may be
// missing: the kernel lacks the file, or it could not be read. Missing is never 0.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hakoban {

using Reading = std::optional<std::uint64_t>;

// Operations on a block device, in cAdvisor's words. v2 knows only read, write and discard.
enum class IoOperation { read, write, sync, async, discard, total };
inline constexpr std::size_t kIoOperationCount = 6;

// "Read", "Write", "Sync", …
[[nodiscard]] std::string_view name_of(IoOperation operation);

struct DeviceIo {
  std::uint32_t major = 0;
  std::uint32_t minor = 0;
  std::array<Reading, kIoOperationCount> bytes;
  std::array<Reading, kIoOperationCount> requests;

  bool operator==(const DeviceIo&) const = default;
};

// Of one page size, "2MB".
struct HugePageUsage {
  std::string page_size;
  Reading usage_bytes;
  Reading max_usage_bytes;
  Reading failcnt;

  bool operator==(const HugePageUsage&) const = default;
};

struct CgroupUsage {
  Reading cpu_total_ns;
  std::vector<std::uint64_t> cpu_each_ns;  // by CPU number; empty where the kernel does not tell
  Reading cpu_user_ns;
  Reading cpu_system_ns;
  Reading cfs_periods;
  Reading cfs_throttled_periods;
  Reading cfs_throttled_ns;
  Reading cfs_bursts;
  Reading cfs_burst_ns;

  Reading memory_usage_bytes;
  Reading memory_max_usage_bytes;
  Reading memory_rss_bytes;
  Reading memory_cache_bytes;
  Reading memory_mapped_file_bytes;
  Reading memory_swap_bytes;
  Reading memory_kernel_bytes;
  Reading memory_active_file_bytes;
  Reading memory_inactive_file_bytes;
  Reading memory_failcnt;
  Reading memory_page_faults;
  Reading memory_major_page_faults;
  Reading oom_kills;
  // v2's memory.events and memory.swap.events.
  Reading memory_events_low;
  Reading memory_events_high;
  Reading memory_events_max;
  Reading memory_events_oom;
  Reading memory_events_oom_kill;
  Reading swap_events_high;
  Reading swap_events_max;
  Reading swap_events_fail;

  // PSI: waiting is "some", stalled is "full".
  Reading cpu_waiting_ns;
  Reading cpu_stalled_ns;
  Reading memory_waiting_ns;
  Reading memory_stalled_ns;
  Reading io_waiting_ns;
  Reading io_stalled_ns;

  std::vector<DeviceIo> io;            // only devices that were used
  std::vector<HugePageUsage> hugetlb;  // only on request

  Reading processes;  // in this cgroup itself, not below it
  Reading threads;    // below it too
  Reading forks_refused;
  Reading file_descriptors;  // only on request, as are sockets
  Reading sockets;

  // Usage less file pages that the kernel drops first; never below 0.
  [[nodiscard]] Reading memory_working_set_bytes() const;

  // The entry of a device, made when it is not there.
  [[nodiscard]] DeviceIo& device(std::uint32_t major, std::uint32_t minor);

  bool operator==(const CgroupUsage&) const = default;
};

// All parts together, as if they were one cgroup. A number that one part lacks is missing in the sum: half a
// sum would be a wrong number. Peaks and `cpu_each_ns` are not summed: they would mean something else.
[[nodiscard]] CgroupUsage sum_of(std::span<const CgroupUsage* const> parts);

// Readings that `usage` lacks, taken from `other`.
void fill_missing(CgroupUsage& usage, const CgroupUsage& other);

// Adds what `part` counted, not what it held.
void accumulate(CgroupUsage& sum, const CgroupUsage& part);

// The same, but only to counters that `sum` has.
void add_counters(CgroupUsage& sum, const CgroupUsage& ended);

// 0 in a limit: there is none, as cAdvisor writes it.
struct CgroupLimits {
  Reading cpu_shares;
  Reading cpu_period_us;
  Reading cpu_quota_us;  // missing also when there is none
  Reading memory_limit_bytes;
  Reading memory_swap_limit_bytes;         // v1: memory and swap together; v2: swap alone
  Reading memory_reservation_limit_bytes;  // v1: soft limit; v2: memory.low, where runc writes it
  Reading threads_max;

  bool operator==(const CgroupLimits&) const = default;
};

struct InterfaceUsage {
  std::string name;
  std::uint64_t receive_bytes = 0;
  std::uint64_t receive_packets = 0;
  std::uint64_t receive_errors = 0;
  std::uint64_t receive_dropped = 0;
  std::uint64_t transmit_bytes = 0;
  std::uint64_t transmit_packets = 0;
  std::uint64_t transmit_errors = 0;
  std::uint64_t transmit_dropped = 0;

  bool operator==(const InterfaceUsage&) const = default;
};

// Interfaces of the same name together, in order of name.
void add_interfaces(std::vector<InterfaceUsage>& sum, std::span<const InterfaceUsage> part);

}  // namespace hakoban
