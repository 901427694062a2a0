#include "core/logs/log_gap.h"

#include <fmt/format.h>

namespace hakoban {

GapRecord gap_record(const LogGap& gap, const LogPlace& place, std::string_view log_id, TimePoint noticed_at,
                     std::string_view extension) {
  const auto date = format_date(noticed_at);
  const auto generation = gap.generation.empty() ? "unseen" : gap.generation;
  const auto ending = fmt::format("-gap{}", extension);
  GapRecord made;
  made.key = object_key(place, {log_id, generation, gap.start, date, ending});
  made.record =
      fmt::format(R"({{"log":"hakoban: a gap in this log: {}, at least {} bytes\n","stream":"hakoban",)"
                  R"("attrs":{{"hakoban_lost_bytes":"{}"}},"time":"{}"}})"
                  "\n",
                  gap.why, gap.bytes, gap.bytes, format_rfc3339(noticed_at));
  return made;
}

}  // namespace hakoban
