// Reads one range of a log file and hands on its records.
#pragma once

#include <cstdint>
#include <string>

#include "core/logs/segment_source.h"
#include "platform/readable_file.h"

namespace hakoban {

struct SegmentRange {
  std::uint64_t start = 0;
  std::uint64_t limit = 0;      // bytes at most; one line that is longer is read nevertheless
  std::uint64_t available = 0;  // bytes from `start` to the end of the file
  // What happens at the end of the range.
  enum class Tail {
    open,   // more may follow: stop at the last whole message
    last,   // nothing follows: a line without its newline is a record, or torn
    exact,  // the range was cut before: read the same again
  } tail = Tail::open;
};

struct SegmentRead {
  std::uint64_t end = 0;  // where the next segment starts; `start` when there was no whole line
  std::uint64_t lines = 0;
  std::uint64_t torn_lines = 0;
  std::string date;          // of all records; "" when there are none
  bool at_new_date = false;  // it ended because the next record has another date
};

// Blocks of at most 1 MiB. Equal bytes give equal records. Errors: unavailable.
[[nodiscard]] Result<SegmentRead> read_segment(const ReadableFile& file, const SegmentRange& range,
                                               const RecordSink& sink);

}  // namespace hakoban
