#include "platform/aws/retry_policy.h"

#include <algorithm>
#include <cmath>

namespace hakoban {

AwsRetryPolicy AwsRetryPolicy::none(Duration timeout) {
  AwsRetryPolicy policy;
  policy.attempts = 1;
  policy.timeout = timeout;
  return policy;
}

std::optional<Duration> AwsRetryPolicy::wait_after(int attempt, SteadyPoint now, const Random& random) const {
  if (attempt >= attempts) return std::nullopt;
  const double longest = std::min(as_seconds(cap), as_seconds(base) * std::exp2(attempt - 1));
  const auto wait = std::chrono::duration_cast<Duration>(std::chrono::duration<double>(longest * random()));
  if (until && now + wait >= *until) return std::nullopt;
  return wait;
}

Duration AwsRetryPolicy::timeout_at(SteadyPoint now) const {
  return until ? std::min(timeout, *until - now) : timeout;
}

}  // namespace hakoban
