// I/O by device of one cgroup v1. Several sets of files may count it, and which one does depends on the I/O
// scheduler: this reads as few of them as give the right answer.
#pragma once

#include <string>
#include <vector>

#include "collectors/metrics/read_tally.h"
#include "core/metrics/usage.h"
#include "platform/cgroups/kept_file.h"

namespace hakoban {

class BlkioReader {
 public:
  // `folder`: of the cgroup in the blkio hierarchy.
  BlkioReader(const std::string& folder, DescriptorBudget& budget);

  void read(CgroupUsage& into, std::string& buffer, ReadTally& tally);

  // Which set counts is found out anew at the next read: schedulers change, but rarely.
  void look_again() { known_ = kUnknown; }

 private:
  struct Set {
    KeptFile bytes;
    KeptFile requests;
  };
  static constexpr std::size_t kUnknown = SIZE_MAX;

  static bool read_set(Set& set, CgroupUsage& into, std::string& buffer, ReadTally& tally);

  std::vector<Set> sets_;  // the throttling layer's last
  std::size_t known_ = kUnknown;
};

}  // namespace hakoban
