#include "core/metrics/usage.h"

#include <algorithm>

namespace hakoban {
namespace {

// Those that may be added up.
constexpr Reading CgroupUsage::*kSummed[] = {
    &CgroupUsage::cpu_total_ns,
    &CgroupUsage::cpu_user_ns,
    &CgroupUsage::cpu_system_ns,
    &CgroupUsage::memory_usage_bytes,
    &CgroupUsage::memory_rss_bytes,
    &CgroupUsage::memory_cache_bytes,
    &CgroupUsage::memory_mapped_file_bytes,
    &CgroupUsage::memory_swap_bytes,
    &CgroupUsage::memory_kernel_bytes,
    &CgroupUsage::memory_active_file_bytes,
    &CgroupUsage::memory_inactive_file_bytes,
    &CgroupUsage::memory_failcnt,
    &CgroupUsage::memory_page_faults,
    &CgroupUsage::memory_major_page_faults,
    &CgroupUsage::oom_kills,
    &CgroupUsage::processes,
    &CgroupUsage::threads,
};

void add(Reading& sum, const Reading& part) {
  if (part) sum = sum.value_or(0) + *part;
}

void add_devices(CgroupUsage& sum, const CgroupUsage& part) {
  for (const auto& device : part.io) {
    auto& whole = sum.device(device.major, device.minor);
    for (std::size_t i = 0; i < kIoOperationCount; ++i) {
      add(whole.bytes[i], device.bytes[i]);
      add(whole.requests[i], device.requests[i]);
    }
  }
}

}  // namespace

std::string_view name_of(IoOperation operation) {
  switch (operation) {
    case IoOperation::read:
      return "Read";
    case IoOperation::write:
      return "Write";
    case IoOperation::sync:
      return "Sync";
    case IoOperation::async:
      return "Async";
    case IoOperation::discard:
      return "Discard";
    case IoOperation::total:
      return "Total";
  }
  return "unknown";
}

Reading CgroupUsage::memory_working_set_bytes() const {
  if (!memory_usage_bytes || !memory_inactive_file_bytes) return std::nullopt;
  return *memory_usage_bytes - std::min(*memory_usage_bytes, *memory_inactive_file_bytes);
}

DeviceIo& CgroupUsage::device(std::uint32_t major, std::uint32_t minor) {
  const auto found =
      std::find_if(io.begin(), io.end(), [&](const auto& d) { return d.major == major && d.minor == minor; });
  if (found != io.end()) return *found;
  auto& made = io.emplace_back();
  made.major = major;
  made.minor = minor;
  return made;
}

CgroupUsage sum_of(std::span<const CgroupUsage* const> parts) {
  CgroupUsage sum;
  for (const auto member : kSummed) {
    const bool everywhere = std::all_of(parts.begin(), parts.end(),
                                        [&](const auto* part) { return (part->*member).has_value(); });
    if (!everywhere) continue;
    for (const auto* part : parts) add(sum.*member, part->*member);
  }
  for (const auto* part : parts) add_devices(sum, *part);
  return sum;
}

void fill_missing(CgroupUsage& usage, const CgroupUsage& other) {
  for (const auto member : kSummed) {
    if (!(usage.*member)) usage.*member = other.*member;
  }
  if (usage.io.empty()) usage.io = other.io;
}

void add_interfaces(std::vector<InterfaceUsage>& sum, std::span<const InterfaceUsage> part) {
  for (const auto& one : part) {
    auto place = std::lower_bound(sum.begin(), sum.end(), one.name,
                                  [](const auto& a, const auto& name) { return a.name < name; });
    if (place == sum.end() || place->name != one.name) {
      sum.insert(place, one);
      continue;
    }
    place->receive_bytes += one.receive_bytes;
    place->receive_packets += one.receive_packets;
    place->receive_errors += one.receive_errors;
    place->receive_dropped += one.receive_dropped;
    place->transmit_bytes += one.transmit_bytes;
    place->transmit_packets += one.transmit_packets;
    place->transmit_errors += one.transmit_errors;
    place->transmit_dropped += one.transmit_dropped;
  }
}

}  // namespace hakoban
