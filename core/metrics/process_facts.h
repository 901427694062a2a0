// One process as Prometheus' client libraries tell of it. From /proc/PID/stat, described in proc(5).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/metrics/page_text.h"
#include "core/metrics/usage.h"

namespace hakoban {

struct ProcessUnits {
  std::uint64_t ticks_per_second = 100;
  std::uint64_t page_bytes = 4096;
};

struct ProcessFacts {
  Reading cpu_ns;
  Reading resident_bytes;
  Reading virtual_bytes;
  Reading threads;
  std::optional<double> start_time_seconds;  // since 1970
  Reading open_fds;
  Reading max_fds;
};

// `proc_stat`: /proc/stat, for the boot time. What cannot be read stays empty.
[[nodiscard]] ProcessFacts read_process_facts(std::string_view pid_stat, std::string_view proc_stat,
                                              const ProcessUnits& units);

// process_*.
void write_process_families(PageText& page, const ProcessFacts& facts);

}  // namespace hakoban
