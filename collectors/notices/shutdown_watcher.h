// Holds a shutdown of the host back until its tasks have left: an EC2 stop, a reboot, an operator's poweroff.
#pragma once

#include <functional>
#include <stop_token>
#include <string>

#include "core/termination/notice.h"
#include "platform/clock.h"
#include "platform/logind.h"
#include "platform/queue.h"

namespace hakoban {

// One thread calls run(). Everything must outlive it. Where there is no logind (a container without the
// system bus) it says so once and looks again now and then.
class ShutdownWatcher {
 public:
  // `drained`: whether the drain for the notice given is over. Thread-safe.
  ShutdownWatcher(Logind& logind, const Clock& clock, Queue<Notice>& inbox, std::function<bool()> drained);

  // Until `stop`; lets the lock go at its end.
  void run(const std::stop_token& stop);

 private:
  void watch(Duration delay, const std::stop_token& stop);
  void hand_on(bool withdrawn, TimePoint deadline, const std::stop_token& stop);

  Logind& logind_;
  const Clock& clock_;
  Queue<Notice>& inbox_;
  const std::function<bool()> drained_;
  std::string last_failure_;
};

}  // namespace hakoban
