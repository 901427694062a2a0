// What fakes were asked, in order, over all threads.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

#include "core/time.h"

namespace hakoban {

class CallLog {
 public:
  void add(std::string call) {
    const std::lock_guard lock{mutex_};
    calls_.push_back(std::move(call));
    changed_.notify_all();
  }

  [[nodiscard]] std::vector<std::string> all() const {
    const std::lock_guard lock{mutex_};
    return calls_;
  }

  [[nodiscard]] long count(const std::string& call) const {
    const std::lock_guard lock{mutex_};
    return std::count(calls_.begin(), calls_.end(), call);
  }

  // Waits until this call was made so many times; false when it takes absurdly long.
  [[nodiscard]] bool wait_for(const std::string& call, long times = 1) const {
    std::unique_lock lock{mutex_};
    return changed_.wait_for(lock, 30s,
                             [&] { return std::count(calls_.begin(), calls_.end(), call) >= times; });
  }

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::vector<std::string> calls_;
};

}  // namespace hakoban
