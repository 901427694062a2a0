// Reads the files of one cgroup, over all controllers, on kept descriptors.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "collectors/metrics/blkio_reader.h"
#include "collectors/metrics/cgroup_places.h"
#include "collectors/metrics/hugetlb_reader.h"
#include "collectors/metrics/read_tally.h"
#include "core/metrics/cgroup_files.h"
#include "core/metrics/metric_groups.h"
#include "core/metrics/usage.h"
#include "platform/cgroups/kept_file.h"

namespace hakoban {

// Not thread-safe. Needs one buffer at a time, shared by all readers.
class CgroupReader {
 public:
  // Which files there are is looked up now; `budget` must outlive it.
  CgroupReader(const std::vector<CgroupPlace>& places, DescriptorBudget& budget, const MetricGroups& groups);

  // Files that could not be read leave their readings empty. `quota`: whether there is a CPU quota.
  [[nodiscard]] CgroupUsage read(bool quota, std::string& buffer, ReadTally& tally);
  // Also finds out anew what rarely changes for read().
  [[nodiscard]] CgroupLimits read_limits(std::string& buffer, ReadTally& tally);

 private:
  struct Usage {
    KeptFile file;
    bool (*parse)(std::string_view, CgroupUsage&);
    bool only_with_quota;
  };
  struct Limit {
    std::string path;
    bool (*parse)(std::string_view, CgroupLimits&);
  };

  void add_usage(const CgroupPlace& place, DescriptorBudget& budget, const MetricGroups& groups);

  std::vector<Usage> usage_;
  std::vector<Limit> limits_;
  std::optional<BlkioReader> blkio_;
  std::optional<HugetlbReader> hugetlb_;
};

}  // namespace hakoban
