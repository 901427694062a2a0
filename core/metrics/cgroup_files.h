// Which files of a cgroup are read, and how each one's text becomes values. Sources: the kernel's
// Documentation/admin-guide/cgroup-v1/ (cpuacct, memory, blkio-controller, pids) and cgroup-v2.rst; for the
// meaning of each number, what cAdvisor and runc take from the same files.
#pragma once

#include <span>
#include <string_view>

#include "core/metrics/cgroup_mounts.h"
#include "core/metrics/usage.h"

namespace hakoban {

struct CgroupUsageFile {
  std::string_view name;
  // False: the text is not what the kernel writes there; what was read before stands.
  bool (*parse)(std::string_view text, CgroupUsage& into);
  // Not read where this other file of the same cgroup exists.
  std::string_view unless = {};
};

struct CgroupLimitFile {
  std::string_view name;
  bool (*parse)(std::string_view text, CgroupLimits& into);
};

// To be read in this order. On v2 cpu.stat stands under both cpu and cpuacct: read it once, as cpuacct, when
// both are there.
[[nodiscard]] std::span<const CgroupUsageFile> usage_files(CgroupController controller,
                                                           CgroupVersion version);

// Files that change rarely.
[[nodiscard]] std::span<const CgroupLimitFile> limit_files(CgroupController controller,
                                                           CgroupVersion version);

}  // namespace hakoban
