#include "core/token_bucket.h"

#include <algorithm>

namespace hakoban {

TokenBucket::TokenBucket(double burst, double per_second)
    : burst_(std::max(burst, 1.0)), per_second_(std::max(per_second, 0.01)), level_(burst_) {}

void TokenBucket::refill(SteadyPoint now) {
  if (at_ == SteadyPoint{}) at_ = now;
  if (now <= at_) return;
  level_ = std::min(burst_, level_ + as_seconds(now - at_) * per_second_);
  at_ = now;
}

Duration TokenBucket::take(SteadyPoint now) {
  refill(now);
  level_ -= 1;
  const Duration until_refill = at_ > now ? at_ - now : Duration::zero();
  if (level_ >= 0) return until_refill;
  return until_refill +
         std::chrono::duration_cast<Duration>(std::chrono::duration<double>(-level_ / per_second_));
}

void TokenBucket::empty(SteadyPoint now, Duration pause) {
  refill(now);
  level_ = std::min(level_, 0.0);
  at_ = std::max(at_, now + pause);
}

double TokenBucket::level(SteadyPoint now) const {
  TokenBucket copy = *this;
  copy.refill(now);
  return copy.level_;
}

}  // namespace hakoban
