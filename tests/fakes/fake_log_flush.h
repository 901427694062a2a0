// A log pipeline with as much backlog as the test says.
#pragma once

#include <atomic>
#include <mutex>
#include <vector>

#include "core/logs/log_flush.h"

namespace hakoban {

class FakeLogFlush final : public LogFlush {
 public:
  void hurry(TimePoint deadline) override {
    const std::lock_guard lock{mutex_};
    deadlines_.push_back(deadline);
  }

  void mark() override { ++marks; }

  [[nodiscard]] LogBacklog backlog() const override { return {bytes.load(), bytes.load() > 0 ? 1U : 0U}; }

  [[nodiscard]] std::vector<TimePoint> deadlines() const {
    const std::lock_guard lock{mutex_};
    return deadlines_;
  }

  std::atomic<std::uint64_t> bytes{0};
  std::atomic<int> marks{0};

 private:
  mutable std::mutex mutex_;
  std::vector<TimePoint> deadlines_;
};

}  // namespace hakoban
