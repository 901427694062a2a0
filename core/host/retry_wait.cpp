#include "core/host/retry_wait.h"

#include <algorithm>

namespace hakoban {

Duration RetryWait::after(int failures, double dice) const {
  Duration wait = first;
  for (int doubled = 1; doubled < failures && wait < longest; ++doubled) wait *= 2;
  wait = std::min(wait, longest);
  return std::chrono::duration_cast<Duration>(wait * (0.5 + dice / 2));
}

}  // namespace hakoban
