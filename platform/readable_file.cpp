#include "platform/readable_file.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

#include <fmt/format.h>

namespace hakoban {
namespace {

Error failure(int code, std::string_view doing) {
  const auto errc = code == ENOENT || code == ENOTDIR ? Errc::not_found
                    : code == EACCES || code == EPERM ? Errc::denied
                                                      : Errc::unavailable;
  return {errc, fmt::format("{}: {}", doing, std::generic_category().message(code))};
}

FileStatus status_of(const struct stat& facts) {
  return {facts.st_dev, facts.st_ino, static_cast<std::uint64_t>(facts.st_size)};
}

}  // namespace

Result<ReadableFile> ReadableFile::open(const std::filesystem::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  if (descriptor < 0) return failure(errno, fmt::format("opening {}", path.string()));
  return ReadableFile{descriptor};
}

ReadableFile::~ReadableFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<FileStatus> ReadableFile::status() const {
  struct stat facts {};
  if (::fstat(descriptor_, &facts) != 0) return failure(errno, "fstat");
  return status_of(facts);
}

Result<std::size_t> ReadableFile::read_at(std::uint64_t offset, char* into, std::size_t size) const {
  std::size_t done = 0;
  while (done < size) {
    const auto count = ::pread(descriptor_, into + done, size - done, static_cast<off_t>(offset + done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failure(errno, "reading");
    if (count == 0) break;
    done += static_cast<std::size_t>(count);
  }
  return done;
}

Result<FileStatus> file_status(const std::filesystem::path& path) {
  struct stat facts {};
  if (::stat(path.c_str(), &facts) != 0) return failure(errno, fmt::format("looking at {}", path.string()));
  return status_of(facts);
}

}  // namespace hakoban
