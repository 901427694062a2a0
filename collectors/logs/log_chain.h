// The files of one container's log as they stand on disk: json.log, json.log.1, json.log.2 …
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "core/logs/generation.h"
#include "platform/readable_file.h"

namespace hakoban {

struct LogHead {
  std::uint64_t hash = 0;               // of the first line; 0: there is no whole one yet
  std::optional<TimePoint> first_time;  // of the first record, also of one without its newline
};

// Errors: unavailable.
[[nodiscard]] Result<LogHead> read_head(const ReadableFile& file);

struct OpenLog {
  ReadableFile file;
  FoundFile found;
};

// Errors: not_found, denied, unavailable.
[[nodiscard]] Result<OpenLog> open_log(const std::filesystem::path& path);

// All files of the chain that are not compressed, oldest first, open. Docker may rename them all at any
// moment: it looks until two looks agree, and gives what it got hold of, also what was deleted meanwhile.
// Empty when there is none. Errors: denied, unavailable.
[[nodiscard]] Result<std::vector<OpenLog>> open_chain(const std::filesystem::path& live);

// Uncompressed bytes of the chain's compressed files, by their trailers.
[[nodiscard]] std::uint64_t compressed_bytes(const std::filesystem::path& live);

}  // namespace hakoban
