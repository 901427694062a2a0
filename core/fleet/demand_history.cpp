#include "core/fleet/demand_history.h"

#include <algorithm>

namespace hakoban {
namespace {

constexpr std::int64_t kHour = 60;
constexpr std::int64_t kDay = 24 * kHour;

std::int64_t minute_of(TimePoint time) {
  return std::chrono::floor<std::chrono::minutes>(time.time_since_epoch()).count();
}

}  // namespace

DemandHistory::DemandHistory() : minutes_(static_cast<std::size_t>(kDay + kHour)) {}

void DemandHistory::note(TimePoint now, DemandSum demand) {
  const auto number = minute_of(now);
  Minute& minute = minutes_[static_cast<std::size_t>(number) % minutes_.size()];
  if (minute.number != number) minute = {number, demand};
  minute.most.cpu = std::max(minute.most.cpu, demand.cpu);
  minute.most.memory = std::max(minute.most.memory, demand.memory);
}

DemandSum DemandHistory::rise(TimePoint now, Duration ahead) const {
  const auto length = std::min(kHour - 1, std::chrono::ceil<std::chrono::minutes>(ahead).count());
  DemandSum most;
  for (const auto ago : {kHour, kDay}) {
    const auto begin = minute_of(now) - ago;
    const Minute* before = at(begin);
    for (auto minute = begin + 1; before != nullptr && minute <= begin + length; ++minute) {
      const Minute* then = at(minute);
      if (then == nullptr) continue;
      most.cpu = std::max(most.cpu, then->most.cpu - before->most.cpu);
      most.memory = std::max(most.memory, then->most.memory - before->most.memory);
    }
  }
  return most;
}

const DemandHistory::Minute* DemandHistory::at(std::int64_t number) const {
  const Minute& minute = minutes_[static_cast<std::size_t>(number) % minutes_.size()];
  return minute.number == number ? &minute : nullptr;
}

}  // namespace hakoban
