// The files of one log as they stand on disk: json.log, json.log.1, json.log.2.gz …
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "collectors/logs/log_file.h"
#include "core/logs/generation.h"
#include "core/logs/record_decoder.h"

namespace hakoban {

struct LogHead {
  std::uint64_t hash = 0;               // of the first record; 0: there is no whole one yet
  std::optional<TimePoint> first_time;  // of the first record, also of one without its newline
};

// Errors: unavailable.
[[nodiscard]] Result<LogHead> read_head(const LogFile& file, LogFileFormat format);

struct OpenLog {
  LogFile file;
  FoundFile found;
};

// Errors: not_found, denied, unavailable, malformed (not gzip).
[[nodiscard]] Result<OpenLog> open_log(const std::filesystem::path& path, LogFileFormat format);

// All files of the chain, oldest first, open: of one that stands there plain and compressed, the plain one.
// Docker may rename them all at any moment: it looks until two looks agree, and gives what it got hold of,
// also what was deleted meanwhile. Empty when there is none. Errors: denied, unavailable.
[[nodiscard]] Result<std::vector<OpenLog>> open_chain(const std::filesystem::path& live,
                                                      LogFileFormat format);

}  // namespace hakoban
