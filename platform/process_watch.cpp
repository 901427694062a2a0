#include "platform/process_watch.h"

#include <array>
#include <cerrno>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <system_error>
#include <unistd.h>

#include <fmt/format.h>

#include "platform/pulse.h"

namespace hakoban {
namespace {

constexpr std::uint64_t kWake = UINT64_MAX;  // the key of the descriptor that ends a wait

// glibc 2.36 has a wrapper; older ones do not.
int open_pidfd(int pid) {
  return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
}

bool watch(int epoll, int descriptor, std::uint64_t key) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = key;
  return ::epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) == 0;
}

}  // namespace

ProcessWatch::ProcessWatch()
    : epoll_(::epoll_create1(EPOLL_CLOEXEC)), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (epoll_ < 0 || wake_ < 0 || !watch(epoll_, wake_, kWake))
    throw std::system_error{errno, std::generic_category(), "watching processes"};
}

ProcessWatch::~ProcessWatch() {
  for (const auto& [key, descriptor] : watched_) ::close(descriptor);
  ::close(wake_);
  ::close(epoll_);
}

Result<void> ProcessWatch::add(int pid, std::uint64_t key) {
  const int descriptor = open_pidfd(pid);
  if (descriptor < 0) {
    const int code = errno;
    return Error{code == ESRCH ? Errc::not_found : Errc::unavailable,
                 fmt::format("watching process {}: {}", pid, std::generic_category().message(code))};
  }
  const std::lock_guard lock{mutex_};
  if (!watch(epoll_, descriptor, key)) {
    const int code = errno;
    ::close(descriptor);
    return Error{Errc::unavailable,
                 fmt::format("watching process {}: {}", pid, std::generic_category().message(code))};
  }
  watched_[key] = descriptor;
  return {};
}

void ProcessWatch::remove(std::uint64_t key) {
  const std::lock_guard lock{mutex_};
  const auto found = watched_.find(key);
  if (found == watched_.end()) return;
  ::close(found->second);  // leaves the epoll set with it
  watched_.erase(found);
}

std::vector<std::uint64_t> ProcessWatch::wait(const std::stop_token& stop) {
  const std::stop_callback wake{stop, [this] {
                                  const std::uint64_t one = 1;
                                  // It can only fail when the counter is full: then it is awake already.
                                  [[maybe_unused]] const auto written = ::write(wake_, &one, sizeof one);
                                }};
  std::array<epoll_event, 64> events{};
  int count = 0;
  {
    const Idle idle;
    do {
      count = ::epoll_wait(epoll_, events.data(), events.size(), -1);
    } while (count < 0 && errno == EINTR);
  }
  std::vector<std::uint64_t> ended;
  for (int i = 0; i < count; ++i) {
    const auto key = events[static_cast<std::size_t>(i)].data.u64;
    if (key == kWake) continue;
    ended.push_back(key);
    remove(key);
  }
  return ended;
}

}  // namespace hakoban
