// Whole files, read and replaced.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "core/result.h"

namespace hakoban {

// The whole file. Errors: not_found, denied, unavailable (I/O), invalid (larger than `limit_bytes`).
[[nodiscard]] Result<std::string> read_file(const std::filesystem::path& path,
                                            std::size_t limit_bytes = 64 << 20);

// Replaces `path` so that after a crash either the old content or the new one stands there, whole: written
// beside, fsynced, renamed, and the folder fsynced. Missing folders are made. Errors: denied, unavailable
// (disk full, I/O).
[[nodiscard]] Result<void> replace_file(const std::filesystem::path& path, std::string_view content,
                                        unsigned mode = 0600);

// Removes a file; one that is not there counts as removed.
[[nodiscard]] Result<void> remove_file(const std::filesystem::path& path);

}  // namespace hakoban
