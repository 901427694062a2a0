#include "core/metrics/usage.h"

#include <algorithm>

namespace hakoban {
namespace {

using U = CgroupUsage;

// Those that may be added up. What counts goes on when a part ends; what holds does not.
constexpr Reading U::*kCounters[] = {
    &U::cpu_total_ns,      &U::cpu_user_ns,        &U::cpu_system_ns,
    &U::memory_failcnt,    &U::memory_page_faults, &U::memory_major_page_faults,
    &U::oom_kills,         &U::memory_events_low,  &U::memory_events_high,
    &U::memory_events_max, &U::memory_events_oom,  &U::memory_events_oom_kill,
    &U::swap_events_high,  &U::swap_events_max,    &U::swap_events_fail,
    &U::forks_refused,
};
constexpr Reading U::*kGauges[] = {
    &U::memory_usage_bytes,
    &U::memory_rss_bytes,
    &U::memory_cache_bytes,
    &U::memory_mapped_file_bytes,
    &U::memory_swap_bytes,
    &U::memory_kernel_bytes,
    &U::memory_active_file_bytes,
    &U::memory_inactive_file_bytes,
    &U::processes,
    &U::threads,
    &U::file_descriptors,
    &U::sockets,
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
  const auto add_up = [&](const auto& members) {
    for (const auto member : members) {
      const bool everywhere = std::all_of(parts.begin(), parts.end(),
                                          [&](const auto* part) { return (part->*member).has_value(); });
      if (!everywhere) continue;
      for (const auto* part : parts) add(sum.*member, part->*member);
    }
  };
  add_up(kCounters);
  add_up(kGauges);
  for (const auto* part : parts) add_devices(sum, *part);
  return sum;
}

void fill_missing(CgroupUsage& usage, const CgroupUsage& other) {
  const auto fill = [&](const auto& members) {
    for (const auto member : members) {
      if (!(usage.*member)) usage.*member = other.*member;
    }
  };
  fill(kCounters);
  fill(kGauges);
  if (usage.io.empty()) usage.io = other.io;
}

void accumulate(CgroupUsage& sum, const CgroupUsage& part) {
  for (const auto member : kCounters) add(sum.*member, part.*member);
  add_devices(sum, part);
}

void add_counters(CgroupUsage& sum, const CgroupUsage& ended) {
  for (const auto member : kCounters) {
    if (sum.*member) add(sum.*member, ended.*member);
  }
  add_devices(sum, ended);
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
