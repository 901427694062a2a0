#include "platform/append_file.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

namespace hakoban {
namespace {

Error failure(std::string_view doing) {
  return {errno == EACCES || errno == EPERM || errno == EROFS ? Errc::denied : Errc::unavailable,
          fmt::format("{}: {}", doing, std::strerror(errno))};
}

}  // namespace

Result<AppendFile> AppendFile::open(const std::filesystem::path& path, unsigned mode) {
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, mode);
  if (descriptor < 0) return failure("opening " + path.string());
  return AppendFile{descriptor};
}

AppendFile::~AppendFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<void> AppendFile::append(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return failure("writing");
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Result<void> AppendFile::sync() {
  if (::fdatasync(descriptor_) != 0) return failure("syncing");
  return {};
}

Result<FileStatus> AppendFile::status() const {
  struct stat found {};
  if (::fstat(descriptor_, &found) != 0) return failure("looking at a file");
  return FileStatus{found.st_dev, found.st_ino, static_cast<std::uint64_t>(found.st_size)};
}

}  // namespace hakoban
