// What became of bytes that were deleted before they were read: a record in the log's own place says so, and
// how much it was at least, so that a gap is never silent.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/logs/object_key.h"
#include "core/time.h"

namespace hakoban {

struct LogGap {
  std::string generation;   // the file that was lost, or the last one known before it; "": none
  std::uint64_t start = 0;  // in that file
  std::uint64_t bytes = 0;  // at least
  std::string why;          // for people: "deleted before it was read"

  bool operator==(const LogGap&) const = default;
};

// On disk before it is put, as any plan.
struct GapRecord {
  std::string key;
  std::string record;  // {"log":"…\n","stream":"hakoban","attrs":{"hakoban_lost_bytes":"…"},"time":"…"}\n

  bool operator==(const GapRecord&) const = default;
};

// `noticed_at` is the record's time. The object lies beside the log's others, "-gap" after its start.
[[nodiscard]] GapRecord gap_record(const LogGap& gap, const LogPlace& place, std::string_view log_id,
                                   TimePoint noticed_at, std::string_view extension);

}  // namespace hakoban
