// A bounded queue of values between two components: the only thing threads share, besides Latest.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <stop_token>
#include <utility>

#include "core/time.h"
#include "platform/pulse.h"

namespace hakoban {

// Thread-safe. A full queue makes the producer wait: back-pressure, never loss.
template <class T>
class Queue {
 public:
  explicit Queue(std::size_t capacity) : capacity_(capacity) {}

  // Waits while full. Returns false, and leaves the queue as it was, when `stop` is requested first.
  bool push(T value, const std::stop_token& stop) {
    const Idle idle;
    std::unique_lock lock{mutex_};
    if (!changed_.wait(lock, stop, [&] { return items_.size() < capacity_; })) return false;
    items_.push_back(std::move(value));
    changed_.notify_all();
    return true;
  }

  // Does not wait. Returns false when full.
  [[nodiscard]] bool try_push(T value) {
    const std::lock_guard lock{mutex_};
    if (items_.size() >= capacity_) return false;
    items_.push_back(std::move(value));
    changed_.notify_all();
    return true;
  }

  // Waits at most `patience` for a value. Nothing: none came, or `stop` was requested.
  std::optional<T> pop(Duration patience, const std::stop_token& stop) {
    const Idle idle;
    std::unique_lock lock{mutex_};
    if (!changed_.wait_for(lock, stop, patience, [&] { return !items_.empty(); })) return std::nullopt;
    std::optional<T> value{std::move(items_.front())};
    items_.pop_front();
    changed_.notify_all();
    return value;
  }

  [[nodiscard]] std::size_t size() const {
    const std::lock_guard lock{mutex_};
    return items_.size();
  }

 private:
  const std::size_t capacity_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<T> items_;
};

}  // namespace hakoban
