// One file of a log's chain, held open: as Docker wrote it, or as Docker compressed it later.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <utility>
#include <variant>

#include "platform/compression/gzip_file.h"
#include "platform/readable_file.h"

namespace hakoban {

// Positions and sizes are those of the uncompressed bytes. status() and read_at() are thread-safe.
class LogFile {
 public:
  // A name ending in ".gz" is a compressed file. Errors: not_found, denied, unavailable, malformed.
  [[nodiscard]] static Result<LogFile> open(const std::filesystem::path& path) {
    if (path.extension() == ".gz") return opened(GzipFile::open(path));
    return opened(ReadableFile::open(path));
  }

  [[nodiscard]] Result<FileStatus> status() const {
    return std::visit([](const auto& file) { return file.status(); }, file_);
  }
  [[nodiscard]] Result<std::size_t> read_at(std::uint64_t offset, char* into, std::size_t size) const {
    return std::visit([&](const auto& file) { return file.read_at(offset, into, size); }, file_);
  }
  // Nothing is ever written to it again.
  [[nodiscard]] bool compressed() const { return std::holds_alternative<GzipFile>(file_); }

 private:
  using File = std::variant<ReadableFile, GzipFile>;

  explicit LogFile(File file) : file_(std::move(file)) {}
  template <class Opened>
  static Result<LogFile> opened(Opened file) {
    if (!file) return file.error();
    return LogFile{File{std::move(*file)}};
  }

  File file_;
};

}  // namespace hakoban
