// A file that only grows.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>
#include <utility>

#include "core/result.h"
#include "platform/readable_file.h"

namespace hakoban {

// Owns one descriptor. For one thread at a time.
class AppendFile {
 public:
  // Makes the file if it is not there. Errors: denied, unavailable.
  [[nodiscard]] static Result<AppendFile> open(const std::filesystem::path& path, unsigned mode = 0600);

  ~AppendFile();
  AppendFile(AppendFile&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  AppendFile& operator=(AppendFile&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }

  // All of the bytes, or an error after some of them: look at status().size then. Errors: unavailable (disk
  // full, I/O).
  [[nodiscard]] Result<void> append(std::string_view bytes);

  // What was appended survives a crash of the machine. Errors: unavailable.
  [[nodiscard]] Result<void> sync();

  [[nodiscard]] Result<FileStatus> status() const;

 private:
  explicit AppendFile(int descriptor) : descriptor_(descriptor) {}

  int descriptor_;
};

}  // namespace hakoban
