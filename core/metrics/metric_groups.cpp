#include "core/metrics/metric_groups.h"

#include <array>

#include <fmt/format.h>

namespace hakoban {
namespace {

constexpr std::array<std::string_view, kMetricGroupCount> kNames{
    "always", "percpu",  "pressure", "diskIO", "disk", "network", "process",
    "host",   "netstat", "tcp",      "udp",    "fds",  "hugetlb"};
constexpr auto kFirstOff = MetricGroup::netstat;

std::string known_names() {
  std::string names;
  for (std::size_t i = 1; i < kNames.size(); ++i) names += (i > 1 ? ", " : "") + std::string{kNames[i]};
  return names;
}

}  // namespace

std::string_view name_of(MetricGroup group) {
  return kNames[static_cast<std::size_t>(group)];
}

MetricGroups::MetricGroups() {
  for (std::size_t i = 0; i < static_cast<std::size_t>(kFirstOff); ++i) on_[i] = true;
}

Result<void> MetricGroups::set(std::span<const std::string> names, bool on) {
  for (const auto& name : names) {
    bool known = false;
    for (std::size_t i = 1; i < kNames.size(); ++i) {
      if (name != kNames[i]) continue;
      on_[i] = on;
      known = true;
    }
    if (!known) return Error{Errc::invalid, fmt::format("'{}' is none of {}", name, known_names())};
  }
  return {};
}

}  // namespace hakoban
