// What ContainerLog does about bytes that it cannot have any more.
#include <algorithm>
#include <utility>

#include "collectors/logs/container_log.h"
#include "platform/log.h"

namespace hakoban {

void ContainerLog::count_lost(LogGap gap) {
  metrics_.gaps.Increment();
  metrics_.lost_bytes.Increment(static_cast<double>(gap.bytes));
  ++totals.gaps;
  totals.lost_bytes += gap.bytes;
  dirty = true;
  log::warn("container log lost", {{"container", id}, {"at_least_bytes", gap.bytes}, {"why", gap.why}});
  untold_gaps_.push_back(std::move(gap));
}

void ContainerLog::give_up(LogGeneration& generation, std::string why) {
  const auto bytes = generation.size - std::min(generation.size, generation.planned);
  if (bytes > 0) count_lost({generation.name, generation.planned, bytes, std::move(why)});
  generation.size = generation.planned;
  generation.waiting_since.reset();
}

void ContainerLog::tell_gaps(TimePoint now, std::string_view extension) {
  if (!place) return;
  for (const auto& gap : std::exchange(untold_gaps_, {})) {
    auto made = gap_record(gap, *place, id, now, extension);
    const bool told =
        std::any_of(gaps.begin(), gaps.end(), [&](const OpenGap& each) { return each.gap.key == made.key; });
    if (!told) gaps.push_back({std::move(made), false});
    dirty = true;
  }
}

}  // namespace hakoban
