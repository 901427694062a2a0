// A gzip file read as the bytes that were compressed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>

#include "platform/readable_file.h"

namespace hakoban {

// Owns one descriptor. Thread-safe. Reading on from where the last read ended is cheap; reading further back
// begins at the start again.
class GzipFile {
 public:
  // Errors: not_found, denied, unavailable, malformed (too short for gzip).
  [[nodiscard]] static Result<GzipFile> open(const std::filesystem::path& path);

  ~GzipFile();
  GzipFile(GzipFile&&) noexcept;
  GzipFile& operator=(GzipFile&&) noexcept;

  // Device and inode of the compressed file; the size is the uncompressed one, as the trailer tells it
  // (modulo 4 GiB, as gzip keeps it).
  [[nodiscard]] Result<FileStatus> status() const;

  // As ReadableFile::read_at: fewer bytes than asked for only at the end, or where the file is damaged.
  [[nodiscard]] Result<std::size_t> read_at(std::uint64_t offset, char* into, std::size_t size) const;

 private:
  struct Stream;

  GzipFile(ReadableFile file, std::uint64_t size);

  ReadableFile file_;
  std::uint64_t size_;
  std::unique_ptr<Stream> stream_;
};

}  // namespace hakoban
