#include "platform/inotify_watch.h"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <system_error>
#include <unistd.h>

#include <fmt/format.h>

#include "platform/pulse.h"

namespace hakoban {
namespace {

Errc errc_of(int code) {
  if (code == ENOENT || code == ENOTDIR) return Errc::not_found;
  return code == EACCES ? Errc::denied : Errc::unavailable;
}

}  // namespace

InotifyWatch::InotifyWatch(std::string name_suffix)
    : name_suffix_(std::move(name_suffix)),
      events_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)),
      wake_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}

InotifyWatch::~InotifyWatch() {
  if (events_ >= 0) ::close(events_);
  if (wake_ >= 0) ::close(wake_);
}

Result<void> InotifyWatch::add(const std::filesystem::path& folder) {
  if (events_ < 0)
    return Error{Errc::unavailable,
                 fmt::format("watching {}: the kernel gives no more inotify instances", folder.string())};
  if (::inotify_add_watch(events_, folder.c_str(), IN_CREATE | IN_MOVED_TO | IN_ONLYDIR) >= 0) return {};
  const int code = errno;
  return Error{errc_of(code),
               fmt::format("watching {}: {}", folder.string(), std::generic_category().message(code))};
}

bool InotifyWatch::wait(Duration patience, const std::stop_token& stop) {
  const Idle idle;
  std::uint64_t stale = 0;
  [[maybe_unused]] const auto emptied = ::read(wake_, &stale, sizeof stale);
  const std::stop_callback on_stop{stop, [this] {
                                     const std::uint64_t one = 1;
                                     [[maybe_unused]] const auto told = ::write(wake_, &one, sizeof one);
                                   }};
  const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(patience).count();
  pollfd watched[] = {{wake_, POLLIN, 0}, {events_, POLLIN, 0}};
  const auto ready = ::poll(watched, 2, static_cast<int>(std::clamp<std::int64_t>(milliseconds, 0, INT_MAX)));
  return ready > 0 && drain_events() && !stop.stop_requested();
}

bool InotifyWatch::drain_events() {
  alignas(inotify_event) char buffer[16384];
  bool any = false;
  for (;;) {
    const auto count = ::read(events_, buffer, sizeof buffer);
    if (count <= 0) return any;
    for (const char* at = buffer; at < buffer + count;) {
      const auto* event = reinterpret_cast<const inotify_event*>(at);
      const std::string_view name = event->len > 0 ? event->name : "";
      any = any || (event->mask & IN_Q_OVERFLOW) != 0 || name.ends_with(name_suffix_);
      at += sizeof(inotify_event) + event->len;
    }
  }
}

}  // namespace hakoban
