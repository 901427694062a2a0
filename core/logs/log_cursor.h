// How far the log of one container is read, planned and stored. What stands on disk of it is all that a new
// process knows.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/logs/generation.h"
#include "core/logs/log_gap.h"
#include "core/logs/log_progress.h"
#include "core/logs/object_key.h"
#include "core/logs/record_decoder.h"

namespace hakoban {

struct GenerationCursor {
  FileIdentity identity;
  std::string name;
  std::uint64_t planned = 0;    // all before it is stored, or in a plan
  std::uint64_t seen_size = 0;  // what is lost, at least, if the file is gone

  [[nodiscard]] std::uint64_t unread() const { return seen_size > planned ? seen_size - planned : 0; }

  bool operator==(const GenerationCursor&) const = default;
};

// A range that was promised to a key and is not known to be stored: it is put again, with the same range.
struct SegmentPlan {
  std::string generation;
  std::uint64_t start = 0;
  std::uint64_t end = 0;
  std::string key;  // its extension tells the codec
  // A line whose pieces stand in two files goes on there, from that file's first byte; "": it does not.
  std::string continued_in;
  std::uint64_t continued_end = 0;

  [[nodiscard]] std::uint64_t bytes() const { return end - start + continued_end; }

  bool operator==(const SegmentPlan&) const = default;
};

struct LogCursor {
  std::string container_id;  // or another log's id
  std::string log_path;      // as its roster names it
  bool below_rootfs = true;
  LogFileFormat format = LogFileFormat::json_file;
  std::optional<LogPlace> place;
  LogTotals totals;
  std::vector<GenerationCursor> generations;  // oldest first; those done with are left out but for the newest
  std::vector<SegmentPlan> plans;             // in the order of their making
  std::vector<GapRecord> gaps;                // told to nobody yet

  bool operator==(const LogCursor&) const = default;
};

}  // namespace hakoban
