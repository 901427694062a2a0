#include "platform/cgroups/kept_file.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/resource.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

namespace hakoban {
namespace {

constexpr std::size_t kFirstBuffer = 16 << 10;
// The kernel hands out a whole cgroup file, or all lines of a proc file that fit its page, in one read: less
// than half a page is the end, and asking once more would double the cost of a small file.
constexpr std::size_t kSurelyWhole = 2048;

Error failure(int code, std::string_view doing, const std::string& path) {
  const bool gone = code == ENOENT || code == ENOTDIR || code == ENODEV || code == ESRCH || code == ENXIO;
  const auto errc = gone                              ? Errc::not_found
                    : code == EACCES || code == EPERM ? Errc::denied
                                                      : Errc::unavailable;
  return {errc, fmt::format("{} {}: {}", doing, path, std::generic_category().message(code))};
}

// The length of what now stands in `buffer`, or -1 with errno.
ssize_t read_whole(int fd, std::string& buffer) {
  if (buffer.size() < kFirstBuffer) buffer.resize(kFirstBuffer);
  std::size_t length = 0;
  for (;;) {
    if (length == buffer.size()) buffer.resize(buffer.size() * 2);
    const auto count =
        ::pread(fd, buffer.data() + length, buffer.size() - length, static_cast<off_t>(length));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return -1;
    length += static_cast<std::size_t>(count);
    if (count == 0 || length < kSurelyWhole) return static_cast<ssize_t>(length);
  }
}

}  // namespace

std::size_t DescriptorBudget::limit_of_this_process() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  const auto before = std::exchange(limit.rlim_cur, limit.rlim_max);
  if (before != limit.rlim_max && ::setrlimit(RLIMIT_NOFILE, &limit) != 0) limit.rlim_cur = before;
  constexpr rlim_t kMost = 1 << 20;
  const auto allowed = std::min(limit.rlim_cur, kMost);
  const auto free = std::max<rlim_t>(allowed / 4, 256);
  return allowed > free ? static_cast<std::size_t>(allowed - free) : 0;
}

bool DescriptorBudget::take() {
  if (++used_ <= limit_) return true;
  --used_;
  return false;
}

KeptFile::KeptFile(std::string path, DescriptorBudget& budget) : path_(std::move(path)), budget_(&budget) {}

KeptFile::~KeptFile() {
  drop();
}

KeptFile::KeptFile(KeptFile&& other) noexcept
    : path_(std::move(other.path_)), budget_(other.budget_), fd_(std::exchange(other.fd_, -1)) {}

KeptFile& KeptFile::operator=(KeptFile&& other) noexcept {
  if (this == &other) return *this;
  drop();
  path_ = std::move(other.path_);
  budget_ = other.budget_;
  fd_ = std::exchange(other.fd_, -1);
  return *this;
}

void KeptFile::drop() {
  if (fd_ < 0) return;
  ::close(std::exchange(fd_, -1));
  budget_->give_back();
}

Result<std::string_view> KeptFile::read(std::string& buffer) {
  int fd = fd_;
  if (fd < 0) fd = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return failure(errno, "opening", path_);
  const auto length = read_whole(fd, buffer);
  const int code = errno;
  const bool kept = fd_ >= 0;
  if (!kept && length >= 0 && budget_->take())
    fd_ = fd;
  else if (!kept)
    ::close(fd);
  if (length >= 0) return std::string_view{buffer}.substr(0, static_cast<std::size_t>(length));
  drop();
  return failure(code, "reading", path_);
}

}  // namespace hakoban
