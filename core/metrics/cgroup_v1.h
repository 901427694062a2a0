// Readers of cgroup v1 files, one a file: the rows of cgroup_files.cpp. Each returns false when the text is
// not what the kernel writes there.
#pragma once

#include <string_view>

#include "core/metrics/usage.h"

namespace hakoban::v1 {

bool cpu_stat(std::string_view text, CgroupUsage& into);
bool cpuacct_usage(std::string_view text, CgroupUsage& into);
bool cpuacct_usage_percpu(std::string_view text, CgroupUsage& into);  // the total too: it is their sum
bool cpuacct_stat(std::string_view text, CgroupUsage& into);          // in ticks of 10 ms
bool memory_usage(std::string_view text, CgroupUsage& into);
bool memory_max_usage(std::string_view text, CgroupUsage& into);
bool memory_stat(std::string_view text, CgroupUsage& into);  // total_*: with the cgroups below
bool memory_failcnt(std::string_view text, CgroupUsage& into);
bool memory_kernel(std::string_view text, CgroupUsage& into);
bool memory_oom_control(std::string_view text, CgroupUsage& into);
bool blkio_bytes(std::string_view text, CgroupUsage& into);  // nothing when an earlier file named devices
bool blkio_requests(std::string_view text, CgroupUsage& into);
bool pids_current(std::string_view text, CgroupUsage& into);
bool cgroup_procs(std::string_view text, CgroupUsage& into);

bool cpu_shares(std::string_view text, CgroupLimits& into);
bool cpu_period(std::string_view text, CgroupLimits& into);
bool cpu_quota(std::string_view text, CgroupLimits& into);     // "-1": none
bool memory_limit(std::string_view text, CgroupLimits& into);  // above 2^62: none
bool memory_swap_limit(std::string_view text, CgroupLimits& into);
bool memory_soft_limit(std::string_view text, CgroupLimits& into);

}  // namespace hakoban::v1
