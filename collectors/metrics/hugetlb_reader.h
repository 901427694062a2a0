// Huge pages of one cgroup: files named by page size, hugetlb.2MB.usage_in_bytes (v1) or hugetlb.2MB.current
// (v2).
#pragma once

#include <string>
#include <vector>

#include "collectors/metrics/cgroup_places.h"
#include "collectors/metrics/read_tally.h"
#include "core/metrics/usage.h"

namespace hakoban {

class HugetlbReader {
 public:
  // Which page sizes there are is looked up now. `budget` must outlive it.
  HugetlbReader(const CgroupPlace& place, DescriptorBudget& budget);

  void read(CgroupUsage& into, std::string& buffer, ReadTally& tally);

 private:
  struct Size {
    std::string name;  // "2MB"
    std::vector<KeptFile> files;
    std::vector<Reading HugePageUsage::*> readings;  // one a file
  };

  std::vector<Size> sizes_;
};

}  // namespace hakoban
