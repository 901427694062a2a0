#include "core/metrics/cgroup_v2.h"

#include <cmath>

#include "core/metrics/kernel_text.h"

namespace hakoban::v2 {
namespace {

using kernel_text::for_each_pair;
using kernel_text::number;
using kernel_text::single_number;
using kernel_text::take_until;
using kernel_text::take_word;

constexpr std::uint64_t kNsPerUs = 1000;

void throttling(std::string_view key, std::uint64_t value, CgroupUsage& into) {
  if (key == "nr_periods") into.cfs_periods = value;
  if (key == "nr_throttled") into.cfs_throttled_periods = value;
  if (key == "throttled_usec") into.cfs_throttled_ns = value * kNsPerUs;
  if (key == "nr_bursts") into.cfs_bursts = value;
  if (key == "burst_usec") into.cfs_burst_ns = value * kNsPerUs;
}

Reading* memory_reading(std::string_view key, CgroupUsage& into) {
  if (key == "anon") return &into.memory_rss_bytes;
  if (key == "file") return &into.memory_cache_bytes;
  if (key == "kernel") return &into.memory_kernel_bytes;
  if (key == "file_mapped") return &into.memory_mapped_file_bytes;
  if (key == "pgfault") return &into.memory_page_faults;
  if (key == "pgmajfault") return &into.memory_major_page_faults;
  if (key == "active_file") return &into.memory_active_file_bytes;
  if (key == "inactive_file") return &into.memory_inactive_file_bytes;
  return nullptr;
}

bool set_limit(Reading& reading, std::string_view text) {
  const auto value = text.starts_with("max") ? Reading{0} : single_number(text);
  if (value) reading = value;
  return value.has_value();
}

Reading* io_reading(std::string_view key, DeviceIo& device) {
  const auto in = [](auto& values, IoOperation operation) {
    return &values[static_cast<std::size_t>(operation)];
  };
  if (key == "rbytes") return in(device.bytes, IoOperation::read);
  if (key == "wbytes") return in(device.bytes, IoOperation::write);
  if (key == "dbytes") return in(device.bytes, IoOperation::discard);
  if (key == "rios") return in(device.requests, IoOperation::read);
  if (key == "wios") return in(device.requests, IoOperation::write);
  if (key == "dios") return in(device.requests, IoOperation::discard);
  return nullptr;
}

bool pressure(std::string_view text, Reading& some, Reading& full) {
  while (!text.empty()) {
    auto line = take_until(text, '\n');
    const auto kind = take_word(line);
    constexpr std::string_view kTotal = "total=";
    const auto at = line.find(kTotal);
    if (at == std::string_view::npos) return false;
    const auto total = number(line.substr(at + kTotal.size()));
    if (!total) return false;
    if (kind == "some") some = *total * kNsPerUs;
    if (kind == "full") full = *total * kNsPerUs;
  }
  return some.has_value();
}

// The largest cpu.shares that runc turns into this weight.
std::uint64_t most_shares(std::uint64_t weight) {
  const double constant = 612.0 * (std::log10(static_cast<double>(weight)) + 7.0 / 34.0);
  const double log_shares = (std::sqrt(125.0 * 125.0 + 4.0 * constant) - 125.0) / 2.0;
  constexpr double kRounding = 1e-6;  // 1023.9999999 is 1024
  return static_cast<std::uint64_t>(std::exp2(log_shares) + kRounding);
}

}  // namespace

bool cpu_stat(std::string_view text, CgroupUsage& into) {
  return for_each_pair(text, [&](std::string_view key, std::uint64_t value) {
    if (key == "usage_usec") into.cpu_total_ns = value * kNsPerUs;
    if (key == "user_usec") into.cpu_user_ns = value * kNsPerUs;
    if (key == "system_usec") into.cpu_system_ns = value * kNsPerUs;
    throttling(key, value, into);
  });
}

bool cpu_stat_throttling(std::string_view text, CgroupUsage& into) {
  return for_each_pair(text,
                       [&](std::string_view key, std::uint64_t value) { throttling(key, value, into); });
}

bool memory_stat(std::string_view text, CgroupUsage& into) {
  return for_each_pair(text, [&](std::string_view key, std::uint64_t value) {
    if (auto* const reading = memory_reading(key, into)) *reading = value;
  });
}

bool memory_swap(std::string_view text, CgroupUsage& into) {
  const auto value = single_number(text);
  if (value) into.memory_swap_bytes = value;
  return value.has_value();
}

bool memory_events(std::string_view text, CgroupUsage& into) {
  return for_each_pair(text, [&](std::string_view key, std::uint64_t value) {
    if (key == "low") into.memory_events_low = value;
    if (key == "high") into.memory_events_high = value;
    if (key == "max") into.memory_failcnt = into.memory_events_max = value;
    if (key == "oom") into.memory_events_oom = value;
    if (key == "oom_kill") into.oom_kills = into.memory_events_oom_kill = value;
  });
}

bool memory_swap_events(std::string_view text, CgroupUsage& into) {
  return for_each_pair(text, [&](std::string_view key, std::uint64_t value) {
    if (key == "high") into.swap_events_high = value;
    if (key == "max") into.swap_events_max = value;
    if (key == "fail") into.swap_events_fail = value;
  });
}

bool pids_events(std::string_view text, CgroupUsage& into) {
  return for_each_pair(text, [&](std::string_view key, std::uint64_t value) {
    if (key == "max") into.forks_refused = value;
  });
}

bool cpu_pressure(std::string_view text, CgroupUsage& into) {
  return pressure(text, into.cpu_waiting_ns, into.cpu_stalled_ns);
}

bool memory_pressure(std::string_view text, CgroupUsage& into) {
  return pressure(text, into.memory_waiting_ns, into.memory_stalled_ns);
}

bool io_pressure(std::string_view text, CgroupUsage& into) {
  return pressure(text, into.io_waiting_ns, into.io_stalled_ns);
}

// Lines "8:0 rbytes=90430464 wbytes=0 rios=8950 …". Some kernels write a device without numbers and without a
// newline before the next one: "252:0 8:0 rbytes=…".
bool io_stat(std::string_view text, CgroupUsage& into) {
  while (!text.empty()) {
    auto line = take_until(text, '\n');
    DeviceIo device;
    bool named = false;
    bool counted = false;
    for (auto word = take_word(line); !word.empty(); word = take_word(line)) {
      const auto key = take_until(word, word.find('=') == std::string_view::npos ? ':' : '=');
      const auto value = number(word);
      if (const auto major = number(key)) {
        if (!value) return false;
        device = {static_cast<std::uint32_t>(*major), static_cast<std::uint32_t>(*value), {}, {}};
        named = true;
      } else if (auto* const reading = io_reading(key, device)) {
        if (!value || !named) return false;
        *reading = value;
        counted = true;
      }
    }
    if (!named) return false;
    if (counted) into.device(device.major, device.minor) = device;
  }
  return true;
}

bool cpu_weight(std::string_view text, CgroupLimits& into) {
  const auto weight = single_number(text);
  if (!weight || *weight < 1 || *weight > 10000) return false;
  into.cpu_shares = shares_of_weight(*weight);
  return true;
}

bool cpu_max(std::string_view text, CgroupLimits& into) {
  auto line = take_until(text, '\n');
  const auto quota = take_word(line);
  const auto period = number(take_word(line));
  if (!period || (quota != "max" && !number(quota))) return false;
  into.cpu_period_us = period;
  if (quota != "max") into.cpu_quota_us = number(quota);
  return true;
}

bool memory_max(std::string_view text, CgroupLimits& into) {
  return set_limit(into.memory_limit_bytes, text);
}

bool memory_swap_max(std::string_view text, CgroupLimits& into) {
  return set_limit(into.memory_swap_limit_bytes, text);
}

bool memory_low(std::string_view text, CgroupLimits& into) {
  return set_limit(into.memory_reservation_limit_bytes, text);
}

bool pids_max(std::string_view text, CgroupLimits& into) {
  return set_limit(into.threads_max, text);
}

std::uint64_t shares_of_weight(std::uint64_t weight) {
  constexpr std::uint64_t kMinShares = 2;
  constexpr std::uint64_t kMaxShares = 262144;
  if (weight <= 1) return kMinShares;
  if (weight >= 10000) return kMaxShares;
  const auto least = most_shares(weight - 1) + 1;
  auto round = most_shares(weight);
  // Drops low bits for as long as the result still has this weight.
  for (std::uint64_t bit = 1; bit <= round; bit <<= 1) {
    if ((round & ~bit) >= least) round &= ~bit;
  }
  return round;
}

}  // namespace hakoban::v2
