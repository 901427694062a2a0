// The counters of the log tailer.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

namespace hakoban {

struct LogMetrics {
  explicit LogMetrics(prometheus::Registry& registry);

  prometheus::Counter& lines;    // stored
  prometheus::Counter& bytes;    // stored, raw
  prometheus::Counter& objects;  // stored
  prometheus::Counter& lost_bytes;
  prometheus::Counter& gaps;
  prometheus::Counter& torn_lines;
  prometheus::Counter& joined;
  prometheus::Counter& rotations;
  prometheus::Counter& cursors_put_aside;
  prometheus::Counter& cursor_failures;
  prometheus::Counter& read_failures;
  prometheus::Counter& watch_failures;
  prometheus::Gauge& pending_bytes;
  prometheus::Gauge& lag_seconds;
  prometheus::Gauge& active_files;
  prometheus::Gauge& state_writable;
};

}  // namespace hakoban
