#include "core/termination/health_polls.h"

#include <algorithm>

namespace hakoban {

namespace {

Duration times(Duration duration, double factor) {
  return Duration{static_cast<Duration::rep>(static_cast<double>(duration.count()) * factor)};
}

Duration spread(Duration duration, double dice, double by) {
  return times(duration, 1.0 + by * (2.0 * dice - 1.0));
}

Duration doubled(Duration first, int times_failed, Duration most) {
  return std::min(first * (1 << std::clamp(times_failed - 1, 0, 10)), most);
}

}  // namespace

Duration until_next_look(const LookFacts& facts, const HealthPolls& polls, double dice) {
  if (facts.all_out) return spread(polls.once_out, dice, 0.5);
  const Duration least = facts.delay ? polls.watch : polls.first;
  const Duration wait =
      std::clamp(times(facts.since_deregistration, polls.growth), least, std::max(least, polls.longest));
  return spread(wait, dice, facts.delay ? 0.5 : 0.25);
}

Duration after_failed_look(int failures, const HealthPolls& polls, double dice) {
  return spread(doubled(polls.first, failures, polls.longest), dice, 0.5);
}

Duration after_throttled_look(int throttles, const HealthPolls& polls, double dice) {
  return times(doubled(polls.back_off, throttles, polls.back_off_most), dice);
}

bool trusted_out(Duration since_deregistration, std::optional<Duration> delay, const HealthPolls& polls) {
  return delay && since_deregistration >= *delay + polls.trust_after;
}

}  // namespace hakoban
