#include "platform/inotify_watch.h"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdint>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

#include "platform/pulse.h"

namespace hakoban {
namespace {

Errc errc_of(int code) {
  if (code == ENOENT || code == ENOTDIR) return Errc::not_found;
  return code == EACCES ? Errc::denied : Errc::unavailable;
}

// The kernel makes one of equal events in a row; with the deletions between them each birth is told.
constexpr std::uint32_t kEvents = IN_CREATE | IN_MOVED_TO | IN_DELETE | IN_ONLYDIR;

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
  const int watch = ::inotify_add_watch(events_, folder.c_str(), kEvents);
  if (watch >= 0) {
    folders_[watch].path = folder.string();
    watches_[folder.string()] = watch;
    return {};
  }
  const int code = errno;
  return Error{errc_of(code),
               fmt::format("watching {}: {}", folder.string(), std::generic_category().message(code))};
}

std::uint64_t InotifyWatch::births(const std::filesystem::path& file) {
  missed_ = drain_events() || missed_;
  const auto watch = watches_.find(file.parent_path().string());
  if (watch == watches_.end()) return 0;
  const auto& births = folders_[watch->second].births;
  const auto count = births.find(file.filename().string());
  return count == births.end() ? 0 : count->second;
}

bool InotifyWatch::wait(Duration patience, const std::stop_token& stop) {
  if (std::exchange(missed_, false)) return !stop.stop_requested();
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
      any = note(*event) || any;
      at += sizeof(inotify_event) + event->len;
    }
  }
}

// Returns whether a wait ends with it.
bool InotifyWatch::note(const inotify_event& event) {
  if ((event.mask & IN_Q_OVERFLOW) != 0) return true;
  const auto folder = folders_.find(event.wd);
  if (folder == folders_.end()) return false;
  if ((event.mask & IN_IGNORED) != 0) {
    const auto watch = watches_.find(folder->second.path);
    if (watch != watches_.end() && watch->second == event.wd) watches_.erase(watch);
    folders_.erase(folder);
    return false;
  }
  if ((event.mask & IN_DELETE) != 0) return false;
  const std::string_view name = event.len > 0 ? event.name : "";
  if (!name.ends_with(name_suffix_)) return false;
  ++folder->second.births[std::string{name}];
  return true;
}

}  // namespace hakoban
