#include "collectors/metrics/blkio_reader.h"

#include <unistd.h>

#include "core/metrics/cgroup_files.h"
#include "core/metrics/cgroup_v1.h"

namespace hakoban {

BlkioReader::BlkioReader(const std::string& folder, DescriptorBudget& budget) {
  const auto add = [&](const BlkioSet& set) {
    const auto path = folder + '/' + std::string{set.bytes};
    if (::access(path.c_str(), F_OK) != 0) return false;
    sets_.push_back({KeptFile{path, budget}, KeptFile{folder + '/' + std::string{set.requests}, budget}});
    return true;
  };
  bool last_added = false;
  for (const auto& set : kBlkioV1) last_added = add(set);
  if (!last_added) add(kOldThrottleV1);
}

bool BlkioReader::read_set(Set& set, CgroupUsage& into, std::string& buffer, ReadTally& tally) {
  if (!read_into(set.bytes, v1::blkio_bytes, into, buffer, tally) || into.io.empty()) return false;
  read_into(set.requests, v1::blkio_requests, into, buffer, tally);
  return true;
}

void BlkioReader::read(CgroupUsage& into, std::string& buffer, ReadTally& tally) {
  if (known_ < sets_.size() && read_set(sets_[known_], into, buffer, tally)) return;
  known_ = kUnknown;
  if (sets_.empty()) return;
  // Nothing has passed the throttling layer: nothing is counted anywhere.
  CgroupUsage throttled;
  if (sets_.size() > 1 &&
      (!read_into(sets_.back().bytes, v1::blkio_bytes, throttled, buffer, tally) || throttled.io.empty()))
    return;
  for (std::size_t i = 0; i < sets_.size(); ++i) {
    if (!read_set(sets_[i], into, buffer, tally)) continue;
    known_ = i;
    return;
  }
}

}  // namespace hakoban
