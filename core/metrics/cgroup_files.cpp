#include "core/metrics/cgroup_files.h"

#include "core/metrics/cgroup_v1.h"
#include "core/metrics/cgroup_v2.h"

namespace hakoban {
namespace {

using G = MetricGroup;

constexpr CgroupUsageFile kCpuV1[] = {{"cpu.stat", v1::cpu_stat, G::always, {}, true}};
constexpr CgroupUsageFile kCpuacctV1[] = {
    {"cpuacct.usage_percpu", v1::cpuacct_usage_percpu, G::percpu},
    {"cpuacct.usage", v1::cpuacct_usage, G::always, "cpuacct.usage_percpu"},
    {"cpuacct.stat", v1::cpuacct_stat},
};
constexpr CgroupUsageFile kMemoryV1[] = {
    {"memory.usage_in_bytes", v1::memory_usage},
    {"memory.max_usage_in_bytes", v1::memory_max_usage},
    {"memory.stat", v1::memory_stat},
    {"memory.failcnt", v1::memory_failcnt},
    {"memory.kmem.usage_in_bytes", v1::memory_kernel},
    {"memory.oom_control", v1::memory_oom_control},
};
constexpr CgroupUsageFile kPids[] = {
    {"pids.current", v1::pids_current, G::process},
    {"pids.events", v2::pids_events, G::process},
    {"cgroup.procs", v1::cgroup_procs, G::process},
};

constexpr CgroupUsageFile kCpuV2[] = {{"cpu.stat", v2::cpu_stat_throttling}};
constexpr CgroupUsageFile kCpuacctV2[] = {{"cpu.stat", v2::cpu_stat}};
constexpr CgroupUsageFile kMemoryV2[] = {
    {"memory.current", v1::memory_usage}, {"memory.peak", v1::memory_max_usage},
    {"memory.stat", v2::memory_stat},     {"memory.swap.current", v2::memory_swap},
    {"memory.events", v2::memory_events}, {"memory.swap.events", v2::memory_swap_events},
};
constexpr CgroupUsageFile kIoV2[] = {{"io.stat", v2::io_stat, G::disk_io}};
constexpr CgroupUsageFile kPressureV2[] = {
    {"cpu.pressure", v2::cpu_pressure, G::pressure},
    {"memory.pressure", v2::memory_pressure, G::pressure},
    {"io.pressure", v2::io_pressure, G::pressure},
};

constexpr CgroupLimitFile kCpuLimitsV1[] = {{"cpu.shares", v1::cpu_shares},
                                            {"cpu.cfs_period_us", v1::cpu_period},
                                            {"cpu.cfs_quota_us", v1::cpu_quota}};
constexpr CgroupLimitFile kMemoryLimitsV1[] = {{"memory.limit_in_bytes", v1::memory_limit},
                                               {"memory.memsw.limit_in_bytes", v1::memory_swap_limit},
                                               {"memory.soft_limit_in_bytes", v1::memory_soft_limit}};
constexpr CgroupLimitFile kPidsLimits[] = {{"pids.max", v2::pids_max}};
constexpr CgroupLimitFile kCpuLimitsV2[] = {{"cpu.weight", v2::cpu_weight}, {"cpu.max", v2::cpu_max}};
constexpr CgroupLimitFile kMemoryLimitsV2[] = {
    {"memory.max", v2::memory_max}, {"memory.swap.max", v2::memory_swap_max}, {"memory.low", v2::memory_low}};

}  // namespace

std::span<const CgroupUsageFile> usage_files(CgroupController controller, CgroupVersion version) {
  const bool one = version == CgroupVersion::v1;
  switch (controller) {
    case CgroupController::cpu:
      return one ? std::span<const CgroupUsageFile>{kCpuV1} : kCpuV2;
    case CgroupController::cpuacct:
      return one ? std::span<const CgroupUsageFile>{kCpuacctV1} : kCpuacctV2;
    case CgroupController::memory:
      return one ? std::span<const CgroupUsageFile>{kMemoryV1} : kMemoryV2;
    case CgroupController::blkio:
      return one ? std::span<const CgroupUsageFile>{} : kIoV2;
    case CgroupController::pids:
      return kPids;
    case CgroupController::pressure:
      return one ? std::span<const CgroupUsageFile>{} : kPressureV2;
    case CgroupController::hugetlb:  // named by page size: collectors/metrics/hugetlb_reader.h
      return {};
  }
  return {};
}

std::span<const CgroupLimitFile> limit_files(CgroupController controller, CgroupVersion version) {
  const bool one = version == CgroupVersion::v1;
  switch (controller) {
    case CgroupController::cpu:
      return one ? std::span<const CgroupLimitFile>{kCpuLimitsV1} : kCpuLimitsV2;
    case CgroupController::memory:
      return one ? std::span<const CgroupLimitFile>{kMemoryLimitsV1} : kMemoryLimitsV2;
    case CgroupController::pids:
      return kPidsLimits;
    case CgroupController::cpuacct:
    case CgroupController::blkio:
    case CgroupController::hugetlb:
    case CgroupController::pressure:
      return {};
  }
  return {};
}

}  // namespace hakoban
