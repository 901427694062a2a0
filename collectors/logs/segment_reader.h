// Reads one range of a log file and hands on its records.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "collectors/logs/log_file.h"
#include "core/logs/record_decoder.h"
#include "core/logs/segment_cutter.h"
#include "core/logs/segment_source.h"

namespace hakoban {

struct SegmentRange {
  std::uint64_t start = 0;
  std::uint64_t limit = 0;      // bytes at most; one line that is longer is read nevertheless
  std::uint64_t available = 0;  // bytes from `start` to the end of the file
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
[[nodiscard]] Result<SegmentRead> read_segment(const LogFile& file, const RecordRules& rules,
                                               const SegmentRange& range, const RecordSink& sink);

}  // namespace hakoban
