// Takes segments of container logs, compresses them and puts them into the store, several at a time.
#pragma once

#include <cstdint>
#include <memory>

#include <prometheus/registry.h>

#include "core/logs/log_flush.h"
#include "core/logs/segment_source.h"
#include "platform/clock.h"
#include "platform/object_store.h"
#include "platform/random.h"

namespace hakoban {

struct LogShipperConfig {
  int uploaders = 4;            // segments under way at a time
  int uploaders_in_hurry = 32;  // the same before a deadline, and when the process ends
  int compression_level = 1;    // 1 (fastest) to 12 (smallest)
  Duration retry_base = 200ms;  // longest first wait after a refused PUT; doubles
  Duration retry_cap = 5s;      // longest wait
  Duration stop_budget = 8s;    // to ship what is there once a stop is asked for; the rest stays on disk
  std::uint64_t memory_bytes = 32 << 20;  // of objects under way, at most
};

// hurry() and backlog() are thread-safe. A refused PUT is tried until it succeeds or the process ends: the
// log waits on disk meanwhile.
class LogShipper final : public LogFlush {
 public:
  // All references must outlive it.
  LogShipper(SegmentSource& source, ObjectStore& store, const Clock& clock, Random random,
             prometheus::Registry& registry, LogShipperConfig config = {});
  ~LogShipper() override;

  // Ships until `stop`; then what is left, within the stop budget. Stop the source's own thread first.
  void run(const std::stop_token& stop);

  void hurry(TimePoint deadline) override;
  void mark() override;
  [[nodiscard]] LogBacklog backlog() const override;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hakoban
