// A clock that moves only when it is told to, or when somebody sleeps on it: then by just that much, at once.
#pragma once

#include <mutex>
#include <vector>

#include "platform/clock.h"

namespace hakoban {

class FakeClock final : public Clock {
 public:
  // 2026-11-23T12:00:00Z unless told otherwise.
  explicit FakeClock(TimePoint now = TimePoint{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23} +
                                               12h})
      : now_(now) {}

  [[nodiscard]] TimePoint now() const override {
    const std::lock_guard lock{mutex_};
    return now_;
  }

  [[nodiscard]] SteadyPoint steady() const override {
    const std::lock_guard lock{mutex_};
    return steady_;
  }

  bool sleep(Duration duration, const std::stop_token& stop) const override {
    if (stop.stop_requested()) return false;
    const std::lock_guard lock{mutex_};
    now_ += duration;
    steady_ += duration;
    sleeps_.push_back(duration);
    return true;
  }

  void advance(Duration duration) {
    const std::lock_guard lock{mutex_};
    now_ += duration;
    steady_ += duration;
  }

  // The wall clock jumps; the steady one does not notice.
  void jump_to(TimePoint now) {
    const std::lock_guard lock{mutex_};
    now_ = now;
  }

  [[nodiscard]] std::vector<Duration> sleeps() const {
    const std::lock_guard lock{mutex_};
    return sleeps_;
  }

 private:
  mutable std::mutex mutex_;
  mutable TimePoint now_;
  mutable SteadyPoint steady_{1h};
  mutable std::vector<Duration> sleeps_;
};

}  // namespace hakoban
