// How the watchdog knows that the program makes progress. A thread that waits for work is well; one that
// works must come back to wait before long. The waits of the house (Clock::sleep, Queue, Latest, …) say so by
// themselves.
#pragma once

#include <string>
#include <vector>

#include "core/time.h"

namespace hakoban {

// While it stands, the thread that made it is watched. It gives the thread its name in the kernel's lists too
// (15 bytes).
class WatchedThread {
 public:
  explicit WatchedThread(const std::string& name);
  ~WatchedThread();
  WatchedThread(const WatchedThread&) = delete;
  WatchedThread& operator=(const WatchedThread&) = delete;
};

// Around every wait for work. Costs next to nothing in threads that nobody watches.
class Idle {
 public:
  Idle();
  ~Idle();
  Idle(const Idle&) = delete;
  Idle& operator=(const Idle&) = delete;
};

struct BusyThread {
  std::string name;
  Duration busy_for;
};

// The watched threads that have worked for longer than `limit` without a wait. Thread-safe.
[[nodiscard]] std::vector<BusyThread> threads_busy_for(Duration limit);

}  // namespace hakoban
