// The only way to ask what time it is.
#pragma once

#include <stop_token>

#include "core/time.h"

namespace hakoban {

class Clock {
 public:
  virtual ~Clock() = default;

  // The wall clock, UTC. May jump.
  [[nodiscard]] virtual TimePoint now() const = 0;

  // Only for differences. Never jumps.
  [[nodiscard]] virtual SteadyPoint steady() const = 0;

  // Sleeps for `duration`, or until `stop` is requested. Returns false when it was stopped.
  virtual bool sleep(Duration duration, const std::stop_token& stop) const = 0;
};

// The machine's clock. Thread-safe, no state.
class SystemClock final : public Clock {
 public:
  [[nodiscard]] TimePoint now() const override;
  [[nodiscard]] SteadyPoint steady() const override;
  bool sleep(Duration duration, const std::stop_token& stop) const override;
};

}  // namespace hakoban
