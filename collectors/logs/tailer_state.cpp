#include "collectors/logs/tailer_state.h"

#include <algorithm>

#include "platform/log.h"

namespace hakoban {
namespace {

// While the state folder takes nothing (full, read-only) reading would be in vain.
constexpr Duration kFirstPause = 1s;
constexpr Duration kLongestPause = 10s;

}  // namespace

Result<void> TailerState::save(ContainerLog& log, std::unique_lock<std::mutex>& lock) {
  const auto version = ++log.cursor_version;
  const auto snapshot = log.cursor();
  lock.unlock();
  Result<void> saved;
  {
    const std::lock_guard saving{log.saving};
    if (log.saved_version < version) {
      saved = cursors.save(snapshot);
      if (saved) log.saved_version = version;
    }
  }
  lock.lock();
  if (saved) {
    log.has_cursor_file = true;
  } else {
    metrics.cursor_failures.Increment();
    log.dirty = true;
    save_pause = std::clamp(save_pause * 2, kFirstPause, kLongestPause);
    save_not_before = clock.steady() + save_pause;
  }
  if (!saved && !saving_fails)
    log::error("log cursors cannot be saved, logs wait on disk", {{"error", saved.error()}});
  if (saved && saving_fails) log::info("log cursors can be saved again");
  if (saved) {
    save_pause = Duration{0};
    save_not_before = {};
  }
  metrics.state_writable.Set(saved ? 1 : 0);
  saving_fails = !saved;
  return saved;
}

}  // namespace hakoban
