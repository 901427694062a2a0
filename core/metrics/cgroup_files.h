// Which files of a cgroup are read, and how each one's text becomes values. Sources: the kernel's
// Documentation/admin-guide/cgroup-v1/ (cpuacct, memory, blkio-controller, pids) and cgroup-v2.rst; for the
// meaning of each number, what cAdvisor and runc take from the same files.
#pragma once

#include <span>
#include <string_view>

#include "core/metrics/cgroup_mounts.h"
#include "core/metrics/metric_groups.h"
#include "core/metrics/usage.h"

namespace hakoban {

struct CgroupUsageFile {
  std::string_view name;
  // False: the text is not what the kernel writes there; what was read before stands.
  bool (*parse)(std::string_view text, CgroupUsage& into);
  MetricGroup group = MetricGroup::always;
  // Not read where this other file of the same cgroup is read.
  std::string_view unless = {};
  // Says nothing where there is no CPU quota.
  bool only_with_quota = false;
};

struct CgroupLimitFile {
  std::string_view name;
  bool (*parse)(std::string_view text, CgroupLimits& into);
};

// To be read in this order. v1's blkio is not here: kBlkioV1 below. On v2 cpu.stat stands under both cpu and
// cpuacct: read it once, as cpuacct, when both are there.
[[nodiscard]] std::span<const CgroupUsageFile> usage_files(CgroupController controller,
                                                           CgroupVersion version);

// Which of them count depends on the I/O scheduler. The first set that names a device has what is true:
// bfq's, the old cfq's, then those of the throttling layer, which sees every request: when it has seen none,
// the others are empty too.
struct BlkioSet {
  std::string_view bytes;
  std::string_view requests;
};
inline constexpr BlkioSet kBlkioV1[] = {
    {"blkio.bfq.io_service_bytes_recursive", "blkio.bfq.io_serviced_recursive"},
    {"blkio.io_service_bytes_recursive", "blkio.io_serviced_recursive"},
    {"blkio.throttle.io_service_bytes_recursive", "blkio.throttle.io_serviced_recursive"},
};
// Of kernels before 4.17, in place of the last set.
inline constexpr BlkioSet kOldThrottleV1{"blkio.throttle.io_service_bytes", "blkio.throttle.io_serviced"};

// Files that change rarely.
[[nodiscard]] std::span<const CgroupLimitFile> limit_files(CgroupController controller,
                                                           CgroupVersion version);

}  // namespace hakoban
