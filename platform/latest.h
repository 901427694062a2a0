// The newest version of a value that one component publishes and several read, such as the HostView.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <stop_token>
#include <utility>

#include "core/time.h"
#include "platform/pulse.h"

namespace hakoban {

// Thread-safe. shared_ptr has its reason here: a reader keeps the version that it began with while a newer
// one is published, and the last reader frees it.
template <class T>
class Latest {
 public:
  using Value = std::shared_ptr<const T>;

  Latest() : value_(std::make_shared<const T>()) {}

  void publish(T value) {
    auto fresh = std::make_shared<const T>(std::move(value));
    const std::lock_guard lock{mutex_};
    value_ = std::move(fresh);
    ++version_;
    changed_.notify_all();
  }

  // Never null; a default-constructed T before the first publish.
  [[nodiscard]] Value get() const {
    const std::lock_guard lock{mutex_};
    return value_;
  }

  [[nodiscard]] std::uint64_t version() const {
    const std::lock_guard lock{mutex_};
    return version_;
  }

  // Waits until something newer than `seen` is published, at most `patience`, or until `stop`. Returns the
  // version.
  std::uint64_t wait_newer(std::uint64_t seen, Duration patience, const std::stop_token& stop) const {
    const Idle idle;
    std::unique_lock lock{mutex_};
    changed_.wait_for(lock, stop, patience, [&] { return version_ > seen; });
    return version_;
  }

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable_any changed_;
  Value value_;
  std::uint64_t version_ = 0;
};

}  // namespace hakoban
