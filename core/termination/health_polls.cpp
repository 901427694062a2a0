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

}  // namespace

Duration until_next_look(const LookFacts& facts, const HealthPolls& polls, double dice) {
  if (facts.all_out) return spread(polls.once_out, dice, 0.25);
  Duration wait = std::clamp(times(facts.since_deregistration, polls.growth), polls.first,
                             std::max(polls.first, polls.longest));
  wait = spread(wait, dice, 0.25);
  if (!facts.delay) return wait;
  const Duration until_over = *facts.delay + polls.after_delay - facts.since_deregistration;
  return until_over > Duration{0} ? std::min(wait, until_over + times(polls.after_delay, dice)) : wait;
}

Duration after_failed_look(int failures, bool throttled, const HealthPolls& polls, double dice) {
  Duration wait = polls.first * (1 << std::clamp(failures - 1, 0, 10));
  wait = std::min(wait, throttled ? polls.throttled_most : polls.longest);
  return spread(wait, dice, 0.5);
}

bool trusted_out(Duration since_deregistration, std::optional<Duration> delay, const HealthPolls& polls) {
  return delay && since_deregistration >= *delay + polls.trust_after;
}

}  // namespace hakoban
