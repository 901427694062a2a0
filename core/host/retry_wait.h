// How long to wait before something that failed is tried again.
#pragma once

#include "core/time.h"

namespace hakoban {

struct RetryWait {
  Duration first = 1s;
  Duration longest = 60s;

  // After so many failures in a row (at least 1): doubling from the first to the longest, then from half of
  // that to all of it as `dice` in [0, 1) falls.
  [[nodiscard]] Duration after(int failures, double dice) const;
};

}  // namespace hakoban
