#include "collectors/logs/tailer_state.h"

#include "platform/log.h"

namespace hakoban {

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
  }
  if (!saved && !saving_fails)
    log::error("log cursors cannot be saved, logs wait on disk", {{"error", saved.error()}});
  if (saved && saving_fails) log::info("log cursors can be saved again");
  saving_fails = !saved;
  return saved;
}

}  // namespace hakoban
