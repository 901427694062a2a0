// What became of the records of one log, for those who tell about it: metrics, the index of a task.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "core/logs/object_key.h"
#include "core/time.h"

namespace hakoban {

// Counted over the whole life of the log: kept in its cursor, so that a restart does not begin anew.
struct LogTotals {
  std::uint64_t lines = 0;       // stored
  std::uint64_t bytes = 0;       // stored, as read
  std::uint64_t objects = 0;     // stored
  std::uint64_t lost_bytes = 0;  // at least: deleted or truncated before they were read
  std::uint64_t gaps = 0;
  std::uint64_t torn_lines = 0;
  std::uint64_t joined = 0;                            // pieces that became part of a longer line
  std::map<std::string, std::uint64_t> lines_by_date;  // "2026-11-23"; the newest kMostDates

  bool operator==(const LogTotals&) const = default;
};

inline constexpr std::size_t kMostDates = 400;

struct LogProgress {
  std::string id;
  std::optional<LogPlace> place;  // nothing: not known yet
  LogTotals totals;
  std::uint64_t pending_bytes = 0;  // written and not stored yet
  bool ended = false;               // its writer ended, and what it had buffered is written
  std::string labels = {};          // of its metrics, as its roster gives them
  Duration lag{0};                  // how long the oldest byte that is not stored has waited
};

// Is asked before a log is forgotten. Called under the tailer's lock: be quick, and do not call back.
class LogWitness {
 public:
  virtual ~LogWitness() = default;

  // The log is gone and all of it is stored. Returns whether its totals are not needed any more; else they
  // stay, also over a restart, and it is asked again at the next look.
  [[nodiscard]] virtual bool may_forget(const LogProgress& progress) = 0;
};

}  // namespace hakoban
