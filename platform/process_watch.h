// Tells when processes end, without asking them again and again: pidfd_open(2), Linux 5.3.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <stop_token>
#include <vector>

#include "core/result.h"

namespace hakoban {

// Thread-safe. One descriptor a process.
class ProcessWatch {
 public:
  ProcessWatch();
  ~ProcessWatch();
  ProcessWatch(const ProcessWatch&) = delete;
  ProcessWatch& operator=(const ProcessWatch&) = delete;

  // Watches a process of our own PID namespace; wait() names it `key`, once. Errors: not_found (no such
  // process), unavailable (no descriptor left, or an older kernel).
  [[nodiscard]] Result<void> add(int pid, std::uint64_t key);
  void remove(std::uint64_t key);

  // Waits until some have ended, or until `stop` (then perhaps none).
  [[nodiscard]] std::vector<std::uint64_t> wait(const std::stop_token& stop);

 private:
  int epoll_ = -1;
  int wake_ = -1;
  std::mutex mutex_;
  std::map<std::uint64_t, int> watched_;  // pidfds by key
};

}  // namespace hakoban
