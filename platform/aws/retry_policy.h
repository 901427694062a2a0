// How often and how long a call to AWS is tried. Only transient errors (timeout, unavailable, throttled) are
// tried again, as in the SDKs' standard mode; the waits have full jitter.
#pragma once

#include <optional>

#include "core/time.h"
#include "platform/random.h"

namespace hakoban {

struct AwsRetryPolicy {
  int attempts = 3;                  // in all
  Duration base = 200ms;             // longest first wait; doubles with each
  Duration cap = 5s;                 // longest wait
  Duration connect_timeout = 2s;     // of each attempt
  Duration timeout = 10s;            // of each attempt
  std::optional<SteadyPoint> until;  // nothing is begun after it, and no attempt outlives it

  // One attempt: the caller has its own plan.
  [[nodiscard]] static AwsRetryPolicy none(Duration timeout = 10s);

  // How long to wait after the failed attempt of this number (1, 2, …); nothing when the call must be given
  // up: the attempts are used up, or the wait would not end before `until`.
  [[nodiscard]] std::optional<Duration> wait_after(int attempt, SteadyPoint now, const Random& random) const;

  // The time-out of an attempt that begins now: `timeout`, less when `until` is nearer.
  [[nodiscard]] Duration timeout_at(SteadyPoint now) const;
};

}  // namespace hakoban
