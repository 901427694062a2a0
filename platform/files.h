// Whole files, read and replaced.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "core/result.h"

namespace hakoban {

// The whole file. Errors: not_found, denied, unavailable (I/O), invalid (larger than `limit_bytes`).
[[nodiscard]] Result<std::string> read_file(const std::filesystem::path& path,
                                            std::size_t limit_bytes = 64 << 20);

// What content that was written is sure to outlive: the process, or the host, too. The second waits for the
// disk, which under load may take seconds.
enum class Lasting : std::uint8_t { past_process, past_host };

// Replaces `path` so that whoever reads it finds the old content or the new one, whole: written beside and
// renamed. With past_host also after a crash of the host: the file is fsynced before, the folder afterwards.
// Missing folders are made. Errors: denied, unavailable (disk full, I/O).
[[nodiscard]] Result<void> replace_file(const std::filesystem::path& path, std::string_view content,
                                        unsigned mode = 0600, Lasting lasting = Lasting::past_host);

// Removes a file; one that is not there counts as removed.
[[nodiscard]] Result<void> remove_file(const std::filesystem::path& path);

}  // namespace hakoban
