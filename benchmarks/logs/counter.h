// Counts what arrived, line by line.
#pragma once

#include <string>

namespace hakoban::bench {

// Reads all *.ndjson.gz and *.ndjson.zst below `objects` and prints one JSON object: lines, lost, duplicated,
// broken (long lines not joined), outside_dt, bad (no JSON), unreadable (objects), gaps (records of gaps).
// Each `parse_every`th line is parsed as JSON, all are looked at. Returns 0 when nothing is wrong. Throws
// when `lines_file` cannot be read.
int count_logs(const std::string& objects, const std::string& lines_file, int parse_every);

}  // namespace hakoban::bench
