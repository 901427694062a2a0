#include "collectors/metrics/cgroup_reader.h"

#include <algorithm>
#include <unistd.h>

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

CgroupReader::CgroupReader(const std::vector<CgroupPlace>& places, DescriptorBudget& budget, bool per_cpu) {
  for (const auto& place : places) {
    const bool read_as_cpuacct = place.controller == CgroupController::cpu &&
                                 place.version == CgroupVersion::v2 &&
                                 has(places, CgroupController::cpuacct, CgroupVersion::v2);
    if (!read_as_cpuacct) add_usage(place, budget, per_cpu);
    for (const auto& file : limit_files(place.controller, place.version)) {
      auto path = place.folder + '/' + std::string{file.name};
      if (exists(path)) limits_.push_back({std::move(path), file.parse});
    }
  }
}

void CgroupReader::add_usage(const CgroupPlace& place, DescriptorBudget& budget, bool per_cpu) {
  constexpr std::string_view kPerCpu = "cpuacct.usage_percpu";
  for (const auto& file : usage_files(place.controller, place.version)) {
    if (!per_cpu && file.name == kPerCpu) continue;
    const bool chosen = file.unless.empty() || (!per_cpu && file.unless == kPerCpu);
    if (!chosen && exists(place.folder + '/' + std::string{file.unless})) continue;
    auto path = place.folder + '/' + std::string{file.name};
    if (exists(path)) usage_.push_back({KeptFile{std::move(path), budget}, file.parse});
  }
}

CgroupUsage CgroupReader::read(std::string& buffer, ReadTally& tally) {
  CgroupUsage usage;
  for (auto& [file, parse] : usage_) read_into(file, parse, usage, buffer, tally);
  return usage;
}

CgroupLimits CgroupReader::read_limits(std::string& buffer, ReadTally& tally) const {
  DescriptorBudget none{0};  // too rarely read to keep open
  CgroupLimits limits;
  for (const auto& [path, parse] : limits_) {
    KeptFile file{path, none};
    read_into(file, parse, limits, buffer, tally);
  }
  return limits;
}

}  // namespace hakoban
