#include "collectors/logs/log_metrics.h"

#include "platform/own_metrics.h"

namespace hakoban {

LogMetrics::LogMetrics(prometheus::Registry& registry)
    : lines(counter(registry, "hakoban_logs_lines_total", "Records of container logs that are stored.")),
      bytes(counter(registry, "hakoban_logs_bytes_total", "Raw bytes of container logs that are stored.")),
      objects(counter(registry, "hakoban_logs_objects_total", "Objects of container logs that are stored.")),
      lost_bytes(counter(
          registry, "hakoban_logs_lost_bytes_total",
          "Bytes, at least, of container logs that were deleted or truncated before they were stored.")),
      gaps(counter(registry, "hakoban_logs_gaps_total",
                   "Times a container log file, or a part of one, was gone before it was stored.")),
      torn_lines(
          counter(registry, "hakoban_logs_torn_lines_total",
                  "Damaged lines that were left out, of which a crash of the engine left a part only.")),
      joined(counter(registry, "hakoban_logs_joined_partials_total",
                     "Pieces of long lines, split by the engine, that were joined again.")),
      rotations(counter(registry, "hakoban_logs_rotations_total",
                        "New files of container logs that were rotated.")),
      cursors_put_aside(counter(registry, "hakoban_logs_cursors_put_aside_total",
                                "Cursor files that could not be read at start and were put aside.")),
      cursor_failures(counter(registry, "hakoban_logs_cursor_failures_total",
                              "Times a cursor could not be written to the state folder.")),
      read_failures(counter(registry, "hakoban_logs_read_failures_total",
                            "Times a container log could not be opened or read.")),
      watch_failures(
          counter(registry, "hakoban_logs_watch_failures_total",
                  "Log folders that could not be watched; rotations there are seen by polling alone.")),
      pending_bytes(
          gauge(registry, "hakoban_logs_pending_bytes", "Bytes of container logs that are not stored yet.")),
      lag_seconds(gauge(registry, "hakoban_logs_lag_seconds",
                        "How long the oldest byte that is not stored yet has waited, of all containers.")),
      active_files(gauge(registry, "hakoban_logs_active_files", "Log files that are held open.")),
      state_writable(gauge(registry, "hakoban_logs_state_writable",
                           "1 while cursors can be written to the state folder; else reading stops.")) {
  state_writable.Set(1);
}

}  // namespace hakoban
