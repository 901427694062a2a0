// Reads a container's cgroup for the last time in the moment between its end and the removal of the cgroup:
// some tens of milliseconds, while the engine still learns of the end. Without it a container that lives for
// less than a scrape interval leaves no numbers at all.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>

#include <prometheus/registry.h>

#include "collectors/metrics/usage_reader.h"
#include "core/result.h"
#include "platform/clock.h"
#include "platform/process_watch.h"

namespace prometheus {
class Counter;
}

namespace hakoban {

// Thread-safe.
class ExitWatch {
 public:
  ExitWatch(const Clock& clock, prometheus::Registry& registry);

  // `pid`: the container's first process, in our own PID namespace. Returns a key for remove(). Errors: as
  // ProcessWatch::add().
  [[nodiscard]] Result<std::uint64_t> add(int pid, std::shared_ptr<UsageReader> reader);
  void remove(std::uint64_t key);

  // Reads as they end, until `stop`.
  void run(const std::stop_token& stop);

  // A container ended without a last reading.
  void missed();

 private:
  const Clock& clock_;
  prometheus::Counter& read_;
  prometheus::Counter& missed_;
  ProcessWatch processes_;
  std::mutex mutex_;
  std::uint64_t next_key_ = 1;
  std::map<std::uint64_t, std::shared_ptr<UsageReader>> readers_;
};

}  // namespace hakoban
