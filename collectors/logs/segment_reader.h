// Reads one range of a log's files and hands on its records.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "collectors/logs/log_file.h"
#include "core/logs/record_decoder.h"
#include "core/logs/segment_cutter.h"
#include "core/logs/segment_source.h"

namespace hakoban {

// The bytes of a file, and behind them those of the next: a line's pieces may stand in both.
struct LogBytes {
  const LogFile& file;
  std::uint64_t end = 0;          // of the file, where `next` begins
  const LogFile* next = nullptr;  // null: nothing follows

  [[nodiscard]] Result<std::size_t> read_at(std::uint64_t offset, char* into, std::size_t size) const;
};

struct SegmentRange {
  std::uint64_t start = 0;
  std::uint64_t limit = 0;      // bytes at most; one line that is longer is read nevertheless
  std::uint64_t available = 0;  // bytes from `start` on that there are
  // What happens at the end of the range.
  enum class Tail {
    open,   // more may follow: stop before a line whose last piece has not come
    cut,    // its last piece did not come for long: cut it
    last,   // nothing follows: what has no end is a record, or torn
    exact,  // the range was cut before: read the same again
  } tail = Tail::open;
};

struct RecordRules {
  const RecordDecoder* decoder = nullptr;  // null: json-file
  std::size_t longest_line = 1 << 20;
};

struct SegmentRead {
  std::uint64_t end = 0;      // where the next segment starts; `start` when there was no whole line
  std::uint64_t missing = 0;  // bytes of the range that the file does not have
  CutCounts counts;
  std::string date;          // of all records; "" when there are none
  bool at_new_date = false;  // it ended because the next record has another date
};

// Equal bytes give equal records. Errors: unavailable.
[[nodiscard]] Result<SegmentRead> read_segment(const LogBytes& bytes, const RecordRules& rules,
                                               const SegmentRange& range, const RecordSink& sink);

}  // namespace hakoban
