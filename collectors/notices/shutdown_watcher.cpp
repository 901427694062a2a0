#include "collectors/notices/shutdown_watcher.h"

#include <algorithm>
#include <utility>

#include "platform/log.h"

namespace hakoban {

namespace {

constexpr Duration kTryAgain = 1min;
constexpr Duration kWait = 1h;  // for a word of logind, at a time
constexpr Duration kLook = 200ms;
// Kept free of logind's delay, after which it goes on without us.
constexpr Duration kReserve = 500ms;
constexpr Duration kWorthIt = 30s;

}  // namespace

ShutdownWatcher::ShutdownWatcher(Logind& logind, const Clock& clock, Queue<Notice>& inbox,
                                 std::function<bool()> drained)
    : logind_(logind), clock_(clock), inbox_(inbox), drained_(std::move(drained)) {}

void ShutdownWatcher::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const auto delay = logind_.hold();
    if (delay) {
      last_failure_.clear();
      log::info("a shutdown of the host waits for its drain", {{"at_most", format_duration(*delay)}});
      if (*delay < kWorthIt) {
        log::warn("logind gives a drain little time: raise InhibitDelayMaxSec in logind.conf",
                  {{"at_most", format_duration(*delay)}});
      }
      watch(*delay, stop);
      continue;
    }
    if (last_failure_ != delay.error().what) {
      last_failure_ = delay.error().what;
      log::info("shutdowns of the host are not held back", {{"error", delay.error()}});
    }
    clock_.sleep(kTryAgain, stop);
  }
  logind_.release();
}

// Until the bus is gone, a shutdown was called off, or `stop`.
void ShutdownWatcher::watch(Duration delay, const std::stop_token& stop) {
  TimePoint deadline;
  bool held_back = false;  // a shutdown has begun, and waits for our lock
  while (!stop.stop_requested()) {
    const auto word = logind_.wait(held_back ? kLook : kWait, stop);
    if (!word) return;
    if (*word && !**word) {
      hand_on(true, deadline, stop);
      return;
    }
    if (*word) {
      deadline = clock_.now() + std::max(Duration{0}, delay - kReserve);
      log::warn("the host is shutting down", {{"deadline", format_rfc3339(deadline)}});
      hand_on(false, deadline, stop);
      held_back = true;
    } else if (held_back && (clock_.now() >= deadline || drained_())) {
      logind_.release();
      held_back = false;
    }
  }
}

void ShutdownWatcher::hand_on(bool withdrawn, TimePoint deadline, const std::stop_token& stop) {
  Notice notice;
  notice.kind = NoticeKind::host_shutdown;
  notice.id = "host-shutdown";
  notice.action = "shutdown";
  notice.deadline = deadline;
  notice.seen_at = clock_.now();
  notice.withdrawn = withdrawn;
  inbox_.push(notice, stop);
}

}  // namespace hakoban
