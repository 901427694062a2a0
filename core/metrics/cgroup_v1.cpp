#include "core/metrics/cgroup_v1.h"

#include <algorithm>
#include <utility>

#include "core/metrics/kernel_text.h"

namespace hakoban::v1 {
namespace {

using kernel_text::for_each_pair;
using kernel_text::number;
using kernel_text::single_number;
using kernel_text::take_until;
using kernel_text::take_word;

// USER_HZ is 100 on every architecture that ECS runs on.
constexpr std::uint64_t kTickNs = 10'000'000;
// The kernel's "no limit" is the largest number of bytes that is a multiple of a page; cAdvisor draws the
// line here.
constexpr std::uint64_t kNoLimitAbove = 1ULL << 62;

bool set(Reading& reading, std::string_view text) {
  const auto value = single_number(text);
  if (value) reading = value;
  return value.has_value();
}

bool set_limit(Reading& reading, std::string_view text) {
  const auto value = single_number(text);
  if (value) reading = *value > kNoLimitAbove ? 0 : *value;
  return value.has_value();
}

Reading* total_of(std::string_view key, CgroupUsage& into) {
  if (key == "cache") return &into.memory_cache_bytes;
  if (key == "rss") return &into.memory_rss_bytes;
  if (key == "mapped_file") return &into.memory_mapped_file_bytes;
  if (key == "swap") return &into.memory_swap_bytes;
  if (key == "pgfault") return &into.memory_page_faults;
  if (key == "pgmajfault") return &into.memory_major_page_faults;
  if (key == "active_file") return &into.memory_active_file_bytes;
  if (key == "inactive_file") return &into.memory_inactive_file_bytes;
  return nullptr;
}

std::optional<IoOperation> operation_of(std::string_view word) {
  for (std::size_t i = 0; i < kIoOperationCount; ++i) {
    const auto operation = static_cast<IoOperation>(i);
    if (word == name_of(operation)) return operation;
  }
  return std::nullopt;
}

using PerOperation = std::array<Reading, kIoOperationCount>;

// Lines "8:0 Read 4096" and at the end "Total 4096".
bool blkio(std::string_view text, CgroupUsage& into, PerOperation DeviceIo::*values) {
  const bool known = std::any_of(into.io.begin(), into.io.end(), [&](const auto& device) {
    return std::any_of((device.*values).begin(), (device.*values).end(),
                       [](const auto& v) { return v.has_value(); });
  });
  if (known) return true;
  while (!text.empty()) {
    auto line = take_until(text, '\n');
    auto device = take_word(line);
    if (device == "Total") continue;
    const auto major = number(take_until(device, ':'));
    const auto minor = number(device);
    const auto operation = operation_of(take_word(line));
    const auto value = number(take_word(line));
    if (!major || !minor || !value) return false;
    if (!operation) continue;  // a newer kernel's: not ours to name
    auto& entry = into.device(static_cast<std::uint32_t>(*major), static_cast<std::uint32_t>(*minor));
    (entry.*values)[static_cast<std::size_t>(*operation)] = value;
  }
  return true;
}

}  // namespace

bool cpu_stat(std::string_view text, CgroupUsage& into) {
  return for_each_pair(text, [&](std::string_view key, std::uint64_t value) {
    if (key == "nr_periods") into.cfs_periods = value;
    if (key == "nr_throttled") into.cfs_throttled_periods = value;
    if (key == "throttled_time") into.cfs_throttled_ns = value;
    if (key == "nr_bursts") into.cfs_bursts = value;
    if (key == "burst_time") into.cfs_burst_ns = value;
  });
}

bool cpuacct_usage(std::string_view text, CgroupUsage& into) {
  return set(into.cpu_total_ns, text);
}

bool cpuacct_usage_percpu(std::string_view text, CgroupUsage& into) {
  into.cpu_each_ns.clear();
  std::uint64_t sum = 0;
  auto line = take_until(text, '\n');
  for (auto word = take_word(line); !word.empty(); word = take_word(line)) {
    const auto value = number(word);
    if (!value) return into.cpu_each_ns.clear(), false;
    into.cpu_each_ns.push_back(*value);
    sum += *value;
  }
  if (into.cpu_each_ns.empty()) return false;
  into.cpu_total_ns = sum;
  return true;
}

bool cpuacct_stat(std::string_view text, CgroupUsage& into) {
  return for_each_pair(text, [&](std::string_view key, std::uint64_t ticks) {
    if (key == "user") into.cpu_user_ns = ticks * kTickNs;
    if (key == "system") into.cpu_system_ns = ticks * kTickNs;
  });
}

bool memory_usage(std::string_view text, CgroupUsage& into) {
  return set(into.memory_usage_bytes, text);
}

bool memory_max_usage(std::string_view text, CgroupUsage& into) {
  return set(into.memory_max_usage_bytes, text);
}

bool memory_stat(std::string_view text, CgroupUsage& into) {
  return for_each_pair(text, [&](std::string_view key, std::uint64_t value) {
    constexpr std::string_view kTotal = "total_";
    if (!key.starts_with(kTotal)) return;
    if (auto* const reading = total_of(key.substr(kTotal.size()), into)) *reading = value;
  });
}

bool memory_failcnt(std::string_view text, CgroupUsage& into) {
  return set(into.memory_failcnt, text);
}

bool memory_kernel(std::string_view text, CgroupUsage& into) {
  return set(into.memory_kernel_bytes, text);
}

bool memory_oom_control(std::string_view text, CgroupUsage& into) {
  return for_each_pair(text, [&](std::string_view key, std::uint64_t value) {
    if (key == "oom_kill") into.oom_kills = value;
  });
}

bool blkio_bytes(std::string_view text, CgroupUsage& into) {
  return blkio(text, into, &DeviceIo::bytes);
}

bool blkio_requests(std::string_view text, CgroupUsage& into) {
  return blkio(text, into, &DeviceIo::requests);
}

bool pids_current(std::string_view text, CgroupUsage& into) {
  return set(into.threads, text);
}

bool cgroup_procs(std::string_view text, CgroupUsage& into) {
  into.processes = static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
  return true;
}

bool cpu_shares(std::string_view text, CgroupLimits& into) {
  return set(into.cpu_shares, text);
}

bool cpu_period(std::string_view text, CgroupLimits& into) {
  return set(into.cpu_period_us, text);
}

bool cpu_quota(std::string_view text, CgroupLimits& into) {
  return text.starts_with('-') || set(into.cpu_quota_us, text);
}

bool memory_limit(std::string_view text, CgroupLimits& into) {
  return set_limit(into.memory_limit_bytes, text);
}

bool memory_swap_limit(std::string_view text, CgroupLimits& into) {
  return set_limit(into.memory_swap_limit_bytes, text);
}

bool memory_soft_limit(std::string_view text, CgroupLimits& into) {
  return set_limit(into.memory_reservation_limit_bytes, text);
}

}  // namespace hakoban::v1
