#include "collectors/logs/segment_choice.h"

#include <algorithm>
#include <functional>
#include <utility>
#include <vector>

#include "collectors/logs/log_segment.h"

namespace hakoban {
namespace {

std::unique_ptr<Segment> take_from(TailerState& state, ContainerLog& log, SteadyPoint now) {
  if (!log.place || now < log.not_before || now < state.save_not_before) return nullptr;
  for (auto& gap : log.gaps) {
    if (!gap.taken) return std::make_unique<GapSegment>(state, log, gap);
  }
  if (auto* plan = log.waiting_plan()) {
    auto* generation = log.generation_of(*plan);
    if (generation != nullptr) return std::make_unique<LogSegment>(state, log, *generation, *plan);
  }
  if (static_cast<int>(log.plans.size()) >= state.config.max_plans) return nullptr;
  const auto max_age = state.hurrying(now) ? state.config.hurry_max_age : state.config.max_age;
  auto* generation = log.next_generation(now, max_age);
  if (generation == nullptr) return nullptr;
  auto pending = log.pending(*generation, now);
  pending.closed = pending.closed || (state.hurrying(now) && log.ended_since);
  const auto quiet_max_age = state.hurrying(now) ? Duration{0} : state.config.quiet_max_age;
  const DuePolicy policy{state.config.max_bytes, max_age, state.finishing, state.config.quiet_bytes,
                         quiet_max_age};
  if (!is_due(pending, policy)) return nullptr;
  return std::make_unique<LogSegment>(state, log, *generation, now, state.config.max_bytes);
}

}  // namespace

std::unique_ptr<Segment> take_in_turn(TailerState& state, SteadyPoint now) {
  auto at = state.logs.upper_bound(state.last_taken);
  for (std::size_t tried = 0; tried < state.logs.size(); ++tried, ++at) {
    if (at == state.logs.end()) at = state.logs.begin();
    if (auto segment = take_from(state, *at->second, now)) {
      state.last_taken = at->first;
      return segment;
    }
  }
  return nullptr;
}

std::unique_ptr<Segment> take_from_largest(TailerState& state, SteadyPoint now) {
  std::vector<std::pair<std::uint64_t, ContainerLog*>> by_size;
  for (const auto& [id, log] : state.logs) {
    if (const auto bytes = log->unstored_bytes(); bytes > 0) by_size.emplace_back(bytes, log.get());
  }
  std::sort(by_size.begin(), by_size.end(), std::greater<>{});
  for (const auto& [bytes, log] : by_size) {
    if (auto segment = take_from(state, *log, now)) return segment;
  }
  return nullptr;
}

bool any_reading(const TailerState& state) {
  return std::any_of(state.logs.begin(), state.logs.end(),
                     [](const auto& entry) { return entry.second->reading; });
}

}  // namespace hakoban
