// A file held open for reading, also when it has been renamed or deleted meanwhile.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <utility>

#include "core/result.h"

namespace hakoban {

struct FileStatus {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t size = 0;
};

// Owns one descriptor. status() and read_at() are thread-safe.
class ReadableFile {
 public:
  // Errors: not_found, denied, unavailable.
  [[nodiscard]] static Result<ReadableFile> open(const std::filesystem::path& path);

  ~ReadableFile();
  ReadableFile(ReadableFile&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  ReadableFile& operator=(ReadableFile&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }

  [[nodiscard]] Result<FileStatus> status() const;

  // How many bytes it read: fewer than `size` only at the end of the file. Errors: unavailable.
  [[nodiscard]] Result<std::size_t> read_at(std::uint64_t offset, char* into, std::size_t size) const;

 private:
  explicit ReadableFile(int descriptor) : descriptor_(descriptor) {}

  int descriptor_;
};

// Of what stands at `path` now. Errors: not_found, denied, unavailable.
[[nodiscard]] Result<FileStatus> file_status(const std::filesystem::path& path);

}  // namespace hakoban
