// Follows the json-file log of every container on this host and cuts it into segments.
//
// Docker's file is the write-ahead log: nothing is kept in memory, the tailer only knows how far each file is
// planned and stored, and the worker that takes a segment reads it. So a full pipeline is one that does not
// read, and memory does not grow with the backlog.
#pragma once

#include <filesystem>
#include <memory>

#include <prometheus/registry.h>

#include "core/host/host_view.h"
#include "core/logs/segment_source.h"
#include "platform/clock.h"
#include "platform/folder_watch.h"
#include "platform/latest.h"

namespace hakoban {

struct LogTailerConfig {
  std::filesystem::path state_folder = "/var/lib/hakoban/logs";  // one cursor file for each container
  std::filesystem::path rootfs = "/";                            // put in front of the engine's log paths
  std::uint64_t max_bytes = 8 << 20;                             // raw bytes of a segment
  int max_plans = 8;                // segments of one container under way at a time
  Duration max_age = 60s;           // of the oldest byte that waits for its segment to fill
  Duration hurry_max_age = 1s;      // the same while in a hurry
  Duration identity_wait = 60s;     // for the service of a task, before its family stands for it
  Duration exit_grace = 10s;        // Docker may still copy output for so long after an exit
  Duration poll_interval = 1s;      // between looks at all files; rotations are seen at once by inotify
  Duration hurry_interval = 100ms;  // the same while in a hurry
};

// take() and the segments: any thread. run(), or look() in its place: one thread.
class LogTailer final : public SegmentSource {
 public:
  // All references must outlive it. Destroying it saves nothing that is not saved already.
  LogTailer(const Latest<HostView>& hosts, FolderWatch& watch, const Clock& clock,
            prometheus::Registry& registry, LogTailerConfig config);
  ~LogTailer() override;

  // Looks until `stop`, then once more, and calls finish(): what is there by then can still be taken.
  void run(const std::stop_token& stop);

  // One look at the view and at all files. The first also finds the cursors that an earlier process left.
  void look();

  [[nodiscard]] std::unique_ptr<Segment> take(Duration patience, const std::stop_token& stop) override;
  void hurry(TimePoint deadline) override;
  void finish() override;
  [[nodiscard]] LogBacklog backlog() const override;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hakoban
