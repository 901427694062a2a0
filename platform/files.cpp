#include "platform/files.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

#include <fmt/format.h>

namespace hakoban {
namespace {

Error failure(int code, std::string_view doing, const std::filesystem::path& path) {
  const auto errc = code == ENOENT || code == ENOTDIR                  ? Errc::not_found
                    : code == EACCES || code == EPERM || code == EROFS ? Errc::denied
                                                                       : Errc::unavailable;
  return {errc, fmt::format("{} {}: {}", doing, path.string(), std::generic_category().message(code))};
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] bool open() const { return fd_ >= 0; }

 private:
  int fd_;
};

bool write_all(int fd, std::string_view content) {
  while (!content.empty()) {
    const auto written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

Result<void> sync_folder(const std::filesystem::path& folder) {
  const Descriptor descriptor{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!descriptor.open() || ::fsync(descriptor.get()) != 0) return failure(errno, "syncing folder", folder);
  return {};
}

}  // namespace

Result<std::string> read_file(const std::filesystem::path& path, std::size_t limit_bytes) {
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (!file.open()) return failure(errno, "opening", path);
  std::string content;
  char chunk[16384];
  for (;;) {
    const auto count = ::read(file.get(), chunk, sizeof chunk);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failure(errno, "reading", path);
    if (count == 0) return content;
    if (content.size() + static_cast<std::size_t>(count) > limit_bytes)
      return Error{Errc::invalid,
                   fmt::format("reading {}: larger than {} bytes", path.string(), limit_bytes)};
    content.append(chunk, static_cast<std::size_t>(count));
  }
}

Result<void> replace_file(const std::filesystem::path& path, std::string_view content, unsigned mode,
                          Lasting lasting) {
  const bool sync = lasting == Lasting::past_host;
  std::error_code made;
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), made);
  if (made) return failure(made.value(), "making folder", path.parent_path());
  auto beside = path;
  beside += ".new";
  {
    const Descriptor file{
        ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, static_cast<mode_t>(mode))};
    if (!file.open()) return failure(errno, "creating", beside);
    if (!write_all(file.get(), content) || (sync && ::fsync(file.get()) != 0)) {
      const int code = errno;
      ::unlink(beside.c_str());
      return failure(code, "writing", beside);
    }
  }
  if (::rename(beside.c_str(), path.c_str()) != 0) return failure(errno, "renaming", beside);
  if (!sync) return {};
  return sync_folder(path.has_parent_path() ? path.parent_path() : std::filesystem::path{"."});
}

Result<void> remove_file(const std::filesystem::path& path) {
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return failure(errno, "removing", path);
  return {};
}

}  // namespace hakoban
