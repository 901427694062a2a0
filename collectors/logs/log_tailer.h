// Follows every log that its rosters name, through rotation and removal, and cuts it into segments.
//
// To plug in another source or file format, see core/logs/log_roster.h and core/logs/record_decoder.h: both
// are handed to the tailer in agent/agent.cpp, and everything from here on (identity, rotation, plans, crash,
// upload, flush, metrics) is shared.
//
// Docker's file is the write-ahead log: nothing is kept in memory, the tailer only knows how far each file is
// planned and stored, and the worker that takes a segment reads it. So a full pipeline is one that does not
// read, and memory does not grow with the backlog.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <prometheus/registry.h>

#include "core/logs/log_progress.h"
#include "core/logs/log_roster.h"
#include "core/logs/segment_source.h"
#include "platform/clock.h"
#include "platform/folder_watch.h"

namespace hakoban {

struct LogTailerConfig {
  std::filesystem::path state_folder = "/var/lib/hakoban/logs";  // one cursor file for each container
  std::filesystem::path rootfs = "/";                            // put in front of the host's log paths
  std::uint64_t max_bytes = 8 << 20;                             // raw bytes of a segment
  int max_plans = 8;                      // segments of one container under way at a time
  Duration max_age = 60s;                 // of the oldest byte that waits for its segment to fill
  std::uint64_t quiet_bytes = 64 << 10;   // fewer waiting bytes may wait for `quiet_max_age`
  Duration quiet_max_age = 0s;            // 0: as max_age. Objects cost money
  std::size_t longest_line = 1 << 20;     // a longer one is cut, and marked
  std::string extension{kGzipExtension};  // of objects: tells their codec
  Duration hurry_max_age = 1s;            // the same while in a hurry
  Duration identity_wait = 60s;           // for the service of a task, before its family stands for it
  Duration exit_grace = 10s;              // Docker may still copy output for so long after an exit
  Duration poll_interval = 1s;            // between looks at all files; rotations are seen at once by inotify
  Duration hurry_interval = 100ms;        // the same while in a hurry
};

// take() and the segments: any thread. run(), or look() in its place: one thread.
class LogTailer final : public SegmentSource {
 public:
  // All references and rosters must outlive it. A log that several rosters name is the first one's.
  // Destroying it saves nothing that is not saved already.
  LogTailer(const std::vector<LogRoster*>& rosters, FolderWatch& watch, const Clock& clock,
            prometheus::Registry& registry, LogTailerConfig config);
  ~LogTailer() override;

  // Looks until `stop`, then once more, and calls finish(): what is there by then can still be taken.
  void run(const std::stop_token& stop);

  // One look at the rosters and at all files. The first also finds the cursors that an earlier process left.
  void look();

  // Asks it before any log is forgotten. Call before the first look; it must outlive the tailer.
  void set_witness(LogWitness& witness);

  // Of all logs that are not forgotten. Thread-safe; one look at each log's numbers in memory, no system
  // call.
  [[nodiscard]] std::vector<LogProgress> progress() const;

  [[nodiscard]] std::unique_ptr<Segment> take(Duration patience, const std::stop_token& stop) override;
  void hurry(TimePoint deadline) override;
  void mark() override;
  void finish() override;
  [[nodiscard]] LogBacklog backlog() const override;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hakoban
