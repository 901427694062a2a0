// One log: its files held open, how far each is planned, and the plans that are not stored yet.
#pragma once

#include <cstdint>
#include <filesystem>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collectors/logs/log_chain.h"
#include "collectors/logs/log_metrics.h"
#include "core/logs/log_cursor.h"
#include "core/logs/log_roster.h"
#include "core/logs/ship_due.h"
#include "core/time.h"
#include "platform/folder_watch.h"

namespace hakoban {

// One file of the chain, open until it is stored to its end.
struct LogGeneration {
  LogGeneration(LogFile opened, const FoundFile& found)
      : file(std::move(opened)), identity(found.identity), size(found.size) {}

  LogFile file;
  FileIdentity identity;
  std::string name;           // "" while it has no whole record
  std::uint64_t planned = 0;  // all before it is stored or in a plan
  std::uint64_t size = 0;     // as last seen
  std::uint64_t barren = 0;   // up to here there was nothing whole after `planned`; see reach_of()
  SteadyPoint barren_since{};
  std::uint64_t marked = 0;                  // size at the tailer's mark
  bool rotated = false;                      // a newer one exists: nothing is written to it any more
  bool ends_whole = false;                   // once rotated: its last record has its end
  bool replaced = false;                     // truncated: what is in it is another file now
  int readers = 0;                           // segments that are being read from it
  int failures = 0;                          // reads in a row
  std::optional<SteadyPoint> waiting_since;  // the oldest byte after `planned`
};

struct OpenPlan {
  SegmentPlan plan;
  SteadyPoint since;        // of its oldest byte
  std::uint64_t lines = 0;  // known once it was read, as is
  std::string date;         // of its records
  bool taken = false;       // some segment has it
};

struct OpenGap {
  GapRecord gap;
  bool taken = false;
};

// Not thread-safe: the tailer's mutex guards it, and the segments that read from its files hold `readers`.
class ContainerLog {
 public:
  // `followed`: at least id, path and format. `file`: its path for this process.
  ContainerLog(FollowedLog followed, std::filesystem::path file, LogMetrics& metrics);

  // Goes on where a cursor says. What it names and is not there any more is counted as lost.
  void restore(const LogCursor& cursor, SteadyPoint now);

  // Sizes, rotations, truncations. Opens what is new.
  void look(SteadyPoint now, FolderWatch& watch);

  // The size of the newest file alone.
  void refresh(SteadyPoint now);

  // Closes all files, when every byte is stored; look() opens them again once they change.
  void park();
  [[nodiscard]] bool parked() const { return parked_.has_value(); }

  // The bytes that would be read next, and from where; `cut_after`: how long a line's last piece is waited
  // for. Nothing: none, or a segment reads already.
  [[nodiscard]] LogGeneration* next_generation(SteadyPoint now, Duration cut_after);
  // The file in which a line goes on whose last piece is not in `generation`; null: in none, or not yet.
  [[nodiscard]] LogGeneration* successor_of(const LogGeneration& generation);
  // Such a file is there, but nothing is in it yet.
  [[nodiscard]] bool awaits_successor(const LogGeneration& generation) const;
  // How far one can read on from `generation`, in its own positions.
  [[nodiscard]] std::uint64_t reach_of(const LogGeneration& generation);
  [[nodiscard]] PendingLog pending(const LogGeneration& generation, SteadyPoint now) const;
  // A plan of an earlier process, or one given back.
  [[nodiscard]] OpenPlan* waiting_plan();
  // Null: a file that the plan names is gone.
  [[nodiscard]] LogGeneration* generation_of(const OpenPlan& plan);
  [[nodiscard]] LogGeneration* generation_named(std::string_view name);

  void count_stored(const OpenPlan& plan);
  // Forgets a plan that is stored, and files that are done with.
  void finish_plan(const OpenPlan& plan);
  // Counts as lost, and forgets, plans whose file is gone; `everything`: also what a cursor names that was
  // never found again.
  void drop_lost(bool everything);
  void count_lost(LogGap gap);
  // What is left of a file cannot be read, ever.
  void give_up(LogGeneration& generation, std::string why);
  // Makes records of the gaps, once the place is known.
  void tell_gaps(TimePoint now, std::string_view extension);

  // From now on marked_bytes() counts what was written by now.
  void mark();
  [[nodiscard]] std::uint64_t marked_bytes() const;

  [[nodiscard]] LogCursor cursor() const;
  [[nodiscard]] std::uint64_t unplanned_bytes() const;
  [[nodiscard]] std::uint64_t unstored_bytes() const;
  [[nodiscard]] std::optional<SteadyPoint> oldest_unstored() const;
  [[nodiscard]] std::size_t open_files() const { return generations_.size(); }

  const std::string id;
  const std::filesystem::path path;

  FollowedLog followed;         // as its roster named it last
  LogRoster* roster = nullptr;  // null until one names it
  std::optional<LogPlace> place;
  LogTotals totals;
  std::list<OpenPlan> plans;  // of stable addresses
  std::list<OpenGap> gaps;    // likewise
  bool reading = false;       // some segment reads on from `planned`
  SteadyPoint not_before{};   // after a failure
  SteadyPoint first_seen{};
  bool failing = false;  // that failure was logged
  bool in_view = false;
  bool closed = false;  // ended, and Docker's copying is over
  std::optional<SteadyPoint> ended_since;
  bool dirty = false;  // the cursor on disk is older than this
  bool has_cursor_file = false;
  std::uint64_t cursor_version = 0;  // grows with each snapshot
  int users = 0;                     // segments that refer to it
  bool watched = false;

  // Orders the saving of snapshots; not under the tailer's mutex.
  std::mutex saving;
  std::uint64_t saved_version = 0;

 private:
  void begin_chain(SteadyPoint now);
  void go_on(const LogCursor& cursor, std::vector<OpenLog> chain, SteadyPoint now);
  void go_on_in(LogGeneration& generation, const GenerationCursor& cursor, SteadyPoint now);
  void count_missing(const LogCursor& cursor, const std::vector<bool>& missing);
  void close_finished();
  [[nodiscard]] bool planned_from(const LogGeneration& generation) const;
  [[nodiscard]] const LogGeneration* after(const LogGeneration& generation) const;
  void follow_rotation(SteadyPoint now, FolderWatch& watch);
  [[nodiscard]] std::uint64_t adopt_fresh(std::vector<OpenLog> chain, SteadyPoint now);
  void count_unseen(std::uint64_t born);
  void replace_truncated(SteadyPoint now);
  void name_generations();
  void adopt(OpenLog log, SteadyPoint now);

  LogMetrics& metrics_;
  std::list<std::unique_ptr<LogGeneration>> generations_;  // oldest first
  bool begun_ = false;                                     // the chain was adopted once
  std::optional<LogCursor> parked_;
  std::uint64_t parked_size_ = 0;
  std::string last_name_;
  std::vector<FileIdentity> stored_before_;  // older files of the chain, of which the roster is not told yet
  std::vector<LogGap> untold_gaps_;
  std::optional<std::uint64_t> births_;  // of live files: those that were seen, and those that were lost
  std::optional<std::uint64_t> least_rotated_;  // bytes of the smallest file that was rotated
};

}  // namespace hakoban
