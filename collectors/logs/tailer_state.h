// What the log tailer and the segments that it gave out share.
#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "collectors/logs/container_log.h"
#include "collectors/logs/cursor_store.h"
#include "collectors/logs/log_metrics.h"
#include "collectors/logs/log_tailer.h"
#include "platform/clock.h"

namespace hakoban {

struct TailerState {
  TailerState(const Clock& the_clock, prometheus::Registry& registry, LogTailerConfig the_config)
      : clock(the_clock), config(std::move(the_config)), metrics(registry), cursors(config.state_folder) {}

  // Until two minutes after the deadline: a host that lives so long was not taken.
  [[nodiscard]] bool hurrying(SteadyPoint now) const { return deadline && now < *deadline + 2min; }

  // Puts the log's cursor on disk as it is now. Call with `lock` held; it is let go meanwhile and held again
  // after. A newer cursor that another thread saved meanwhile counts as this one's. Failures are counted, and
  // logged when they begin and end.
  [[nodiscard]] Result<void> save(ContainerLog& log, std::unique_lock<std::mutex>& lock);

  const Clock& clock;
  const LogTailerConfig config;
  LogMetrics metrics;
  const CursorStore cursors;

  mutable std::mutex mutex;  // guards all below, and each log but its `saving`
  std::condition_variable_any changed;
  std::map<std::string, std::unique_ptr<ContainerLog>> logs;  // by container id
  std::string last_taken;                                     // whose turn it was
  std::optional<SteadyPoint> deadline;                        // in a hurry
  bool finishing = false;
  bool mark_asked = false;
  bool marked = false;  // backlog() counts what was written by the mark
  bool saving_fails = false;
  SteadyPoint save_not_before{};  // nothing new is read until then
  Duration save_pause{0};
};

}  // namespace hakoban
