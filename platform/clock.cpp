#include "platform/clock.h"

#include <condition_variable>
#include <mutex>

#include "platform/pulse.h"

namespace hakoban {

TimePoint SystemClock::now() const {
  return std::chrono::system_clock::now();
}

SteadyPoint SystemClock::steady() const {
  return std::chrono::steady_clock::now();
}

bool SystemClock::sleep(Duration duration, const std::stop_token& stop) const {
  const Idle idle;
  std::mutex mutex;
  std::condition_variable_any woken;
  std::unique_lock lock{mutex};
  woken.wait_for(lock, stop, duration, [] { return false; });
  return !stop.stop_requested();
}

}  // namespace hakoban
