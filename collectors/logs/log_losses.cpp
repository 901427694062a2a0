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

// Files that an earlier process had not done with, and that are gone. The newest of them was written to when
// that process ended: it had grown by an unknown size, at least to that of any file that was rotated.
void ContainerLog::count_missing(const LogCursor& cursor, const std::vector<bool>& missing) {
  for (std::size_t i = 0; i < missing.size(); ++i) {
    if (!missing[i]) continue;
    const auto& generation = cursor.generations[i];
    auto bytes = generation.unread();
    const bool newest = i + 1 == missing.size();
    if (newest && least_rotated_)
      bytes = std::max(bytes, *least_rotated_ - std::min(*least_rotated_, generation.planned));
    if (bytes > 0 || newest)
      count_lost({generation.name, generation.planned, bytes, "deleted while nobody read"});
  }
}

void ContainerLog::drop_lost(bool everything) {
  plans.remove_if([&](const OpenPlan& plan) {
    if (plan.taken || generation_of(plan) != nullptr) return false;
    count_lost({plan.plan.generation, plan.plan.start, plan.plan.bytes(), "deleted before it was stored"});
    return true;
  });
  if (!everything || !parked_) return;
  if (!begun_ && parked_->generations.empty() && !has_cursor_file)
    count_lost({"", 0, 0, "removed before it was seen"});
  begun_ = true;
  std::uint64_t bytes = 0;
  for (const auto& generation : parked_->generations) bytes += generation.unread();
  for (const auto& plan : parked_->plans) bytes += plan.bytes();
  const auto* oldest = parked_->generations.empty() ? nullptr : &parked_->generations.front();
  if (bytes > 0)
    count_lost(
        {oldest ? oldest->name : "", oldest ? oldest->planned : 0, bytes, "deleted while nobody read"});
  parked_->generations.clear();
  parked_->plans.clear();
}

// Live files that were made and deleted again between two looks. Each was as large as files are rotated at.
void ContainerLog::count_unseen(std::uint64_t born) {
  if (born <= *births_) return;
  const auto unseen = born - std::exchange(*births_, born);
  count_lost({last_name_, 0, unseen * least_rotated_.value_or(0), "rotated away before it was seen"});
}

}  // namespace hakoban
