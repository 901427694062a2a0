#include "platform/watchdog.h"

#include <algorithm>
#include <chrono>

#include <systemd/sd-daemon.h>

#include "platform/log.h"
#include "platform/program.h"
#include "platform/pulse.h"

namespace hakoban {
namespace {

// Zero: no watchdog was asked for.
Duration watchdog_interval() {
  std::uint64_t microseconds = 0;
  if (sd_watchdog_enabled(0, &microseconds) <= 0) return Duration{0};
  return std::chrono::microseconds{microseconds};
}

bool all_make_progress(Duration longest_step) {
  const auto busy = threads_busy_for(longest_step);
  for (const auto& thread : busy)
    log::error("a component makes no progress",
               {{"component", thread.name}, {"for", format_duration(thread.busy_for)}});
  return busy.empty();
}

}  // namespace

void watch_until_stopped(const Clock& clock, const std::stop_token& stop, Duration longest_step) {
  const auto interval = watchdog_interval();
  const auto pause = interval > Duration{0} ? interval / 2 : Duration{30s};
  if (interval > Duration{0}) longest_step = std::min(longest_step, interval * 2 / 3);
  do {
    if (all_make_progress(longest_step) && interval > Duration{0}) notify_service_manager("WATCHDOG=1");
  } while (clock.sleep(pause, stop));
}

}  // namespace hakoban
