// How many calls an API gives: a burst, then so many a second. Amazon's own way of counting (EC2 API
// Reference, "Request throttling for the Amazon EC2 API"; ECS likewise).
#pragma once

#include "core/time.h"

namespace hakoban {

// A value without threads of its own: the caller guards it.
class TokenBucket {
 public:
  // Begins full. `burst` at least 1, `per_second` above 0.
  TokenBucket(double burst, double per_second);

  // Takes one token, of those to come when there are none, and returns how long to wait until it is there.
  // Whoever takes a token keeps his place in the line.
  [[nodiscard]] Duration take(SteadyPoint now);

  // The other side said that there are none: nothing is given for `pause`, and then only what refills.
  void empty(SteadyPoint now, Duration pause);

  // Tokens there, below 0 when some are promised already.
  [[nodiscard]] double level(SteadyPoint now) const;

 private:
  void refill(SteadyPoint now);

  const double burst_;
  const double per_second_;
  double level_;
  SteadyPoint at_{};
};

}  // namespace hakoban
