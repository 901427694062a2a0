#include "platform/pulse.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <pthread.h>

namespace hakoban {
namespace {

struct Pulse {
  std::string name;
  std::atomic<int> waits{0};  // Idle scopes that are open
  std::atomic<std::int64_t> working_since_ns{0};
};

// Every watched thread of the process: a watchdog that a component could forget to tell of itself would be
// none.
struct Board {
  std::mutex mutex;
  std::vector<const Pulse*> pulses;
};

Board& board() {
  static Board all;
  return all;
}

thread_local Pulse own;
thread_local bool watched = false;

std::int64_t steady_ns() {
  const auto since_start = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(since_start).count();
}

}  // namespace

WatchedThread::WatchedThread(const std::string& name) {
  ::pthread_setname_np(::pthread_self(), name.substr(0, 15).c_str());
  own.name = name;
  own.waits = 0;
  own.working_since_ns = steady_ns();
  watched = true;
  const std::lock_guard lock{board().mutex};
  board().pulses.push_back(&own);
}

WatchedThread::~WatchedThread() {
  watched = false;
  const std::lock_guard lock{board().mutex};
  std::erase(board().pulses, &own);
}

Idle::Idle() {
  if (watched) ++own.waits;
}

Idle::~Idle() {
  if (!watched) return;
  own.working_since_ns = steady_ns();
  --own.waits;
}

std::vector<BusyThread> threads_busy_for(Duration limit) {
  std::vector<BusyThread> busy;
  const std::lock_guard lock{board().mutex};
  const auto now = steady_ns();
  for (const auto* pulse : board().pulses) {
    const Duration since{now - pulse->working_since_ns};
    if (pulse->waits == 0 && since > limit) busy.push_back({pulse->name, since});
  }
  return busy;
}

}  // namespace hakoban
