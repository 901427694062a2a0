// Virtual time: what is due next happens next.
#pragma once

#include <cstdint>
#include <functional>
#include <queue>
#include <utility>
#include <vector>

#include "core/time.h"

namespace hakoban::bench {

class EventQueue {
 public:
  explicit EventQueue(TimePoint start) : now_(start) {}

  [[nodiscard]] TimePoint now() const { return now_; }

  void at(TimePoint time, std::function<void()> action) {
    events_.push({std::max(time, now_), ++count_, std::move(action)});
  }
  void after(Duration wait, std::function<void()> action) { at(now_ + wait, std::move(action)); }

  void run() {
    while (!events_.empty()) {
      auto event = std::move(const_cast<Event&>(events_.top()));  // it is popped at once
      events_.pop();
      now_ = event.time;
      event.action();
    }
  }

 private:
  struct Event {
    TimePoint time;
    std::uint64_t number;  // equal times keep their order
    std::function<void()> action;

    bool operator<(const Event& other) const {
      return time != other.time ? time > other.time : number > other.number;
    }
  };

  TimePoint now_;
  std::uint64_t count_ = 0;
  std::priority_queue<Event> events_;
};

}  // namespace hakoban::bench
