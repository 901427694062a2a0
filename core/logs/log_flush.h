// How the drainer asks the log pipeline to hurry.
#pragma once

#include <cstdint>

#include "core/time.h"

namespace hakoban {

struct LogBacklog {
  std::uint64_t bytes = 0;       // written by containers, not yet stored
  std::uint64_t containers = 0;  // that still have such bytes
};

class LogFlush {
 public:
  virtual ~LogFlush() = default;

  // From now on ship everything as soon as it is written, most at risk first, and be done by `deadline`.
  // Returns at once; repeated calls may only move the deadline earlier. Thread-safe.
  virtual void hurry(TimePoint deadline) = 0;

  // From now on backlog() counts only what is written by now: the last task has ended, and what other
  // containers still write is not waited for.
  virtual void mark() = 0;

  // What is left. Cheap; thread-safe.
  [[nodiscard]] virtual LogBacklog backlog() const = 0;
};

}  // namespace hakoban
