#include "collectors/metrics/cgroup_reader.h"

#include <algorithm>
#include <unistd.h>
#include <utility>

namespace hakoban {
namespace {

bool exists(const std::string& path) {
  return ::access(path.c_str(), F_OK) == 0;
}

bool has(const std::vector<CgroupPlace>& places, CgroupController controller, CgroupVersion version) {
  return std::any_of(places.begin(), places.end(),
                     [&](const auto& p) { return p.controller == controller && p.version == version; });
}

}  // namespace

CgroupReader::CgroupReader(const std::vector<CgroupPlace>& places, DescriptorBudget& budget,
                           const MetricGroups& groups) {
  for (const auto& place : places) {
    const bool read_as_cpuacct = place.controller == CgroupController::cpu &&
                                 place.version == CgroupVersion::v2 &&
                                 has(places, CgroupController::cpuacct, CgroupVersion::v2);
    if (!read_as_cpuacct) add_usage(place, budget, groups);
    if (place.controller == CgroupController::blkio && place.version == CgroupVersion::v1 &&
        groups.has(MetricGroup::disk_io))
      blkio_.emplace(place.folder, budget);
    if (place.controller == CgroupController::hugetlb && groups.has(MetricGroup::hugetlb))
      hugetlb_.emplace(place, budget);
    for (const auto& file : limit_files(place.controller, place.version)) {
      auto path = place.folder + '/' + std::string{file.name};
      if (exists(path)) limits_.push_back({std::move(path), file.parse});
    }
  }
}

void CgroupReader::add_usage(const CgroupPlace& place, DescriptorBudget& budget, const MetricGroups& groups) {
  std::vector<std::string_view> chosen;
  for (const auto& file : usage_files(place.controller, place.version)) {
    const bool replaced = std::find(chosen.begin(), chosen.end(), file.unless) != chosen.end();
    if (!groups.has(file.group) || replaced) continue;
    auto path = place.folder + '/' + std::string{file.name};
    if (!exists(path)) continue;
    chosen.push_back(file.name);
    usage_.push_back({KeptFile{std::move(path), budget}, file.parse, file.only_with_quota});
  }
}

CgroupUsage CgroupReader::read(bool quota, std::string& buffer, ReadTally& tally) {
  CgroupUsage usage;
  for (auto& [file, parse, only_with_quota] : usage_) {
    if (quota || !only_with_quota) read_into(file, parse, usage, buffer, tally);
  }
  if (blkio_) blkio_->read(usage, buffer, tally);
  if (hugetlb_) hugetlb_->read(usage, buffer, tally);
  return usage;
}

CgroupLimits CgroupReader::read_limits(std::string& buffer, ReadTally& tally) {
  DescriptorBudget none{0};  // too rarely read to keep open
  CgroupLimits limits;
  for (const auto& [path, parse] : limits_) {
    KeptFile file{path, none};
    read_into(file, parse, limits, buffer, tally);
  }
  if (blkio_) blkio_->look_again();
  return limits;
}

}  // namespace hakoban
