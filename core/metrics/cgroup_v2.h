// Readers of cgroup v2 files, one a file: the rows of cgroup_files.cpp (those that look as on v1 are
// cgroup_v1.h's). Each returns false when the text is not what the kernel writes there.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/metrics/usage.h"

namespace hakoban::v2 {

bool cpu_stat(std::string_view text, CgroupUsage& into);             // usage and throttling
bool cpu_stat_throttling(std::string_view text, CgroupUsage& into);  // where cpuacct is on v1
bool memory_stat(std::string_view text, CgroupUsage& into);
bool memory_swap(std::string_view text, CgroupUsage& into);
bool memory_events(std::string_view text, CgroupUsage& into);  // max: what failcnt is on v1; oom_kill
bool memory_swap_events(std::string_view text, CgroupUsage& into);
bool io_stat(std::string_view text, CgroupUsage& into);
bool pids_events(std::string_view text, CgroupUsage& into);  // looks the same on v1
// PSI, https://docs.kernel.org/accounting/psi.html: "some avg10=0.00 … total=microseconds", then "full …",
// which old kernels lack for the CPU.
bool cpu_pressure(std::string_view text, CgroupUsage& into);
bool memory_pressure(std::string_view text, CgroupUsage& into);
bool io_pressure(std::string_view text, CgroupUsage& into);

bool cpu_weight(std::string_view text, CgroupLimits& into);
bool cpu_max(std::string_view text, CgroupLimits& into);
bool memory_max(std::string_view text, CgroupLimits& into);  // "max": none
bool memory_swap_max(std::string_view text, CgroupLimits& into);
bool memory_low(std::string_view text, CgroupLimits& into);
bool pids_max(std::string_view text, CgroupLimits& into);  // looks the same on v1

// cpu.shares for which runc (opencontainers/cgroups 0.0.5 and newer) writes this cpu.weight: inverse of
// weight = ceil(10 ^ ((log2(shares)² + 125 log2(shares)) / 612 − 7/34)). Several shares have one weight; this
// gives the roundest in binary, as people and ECS choose them: 100 is 1024, 59 is 512.
[[nodiscard]] std::uint64_t shares_of_weight(std::uint64_t weight);

}  // namespace hakoban::v2
