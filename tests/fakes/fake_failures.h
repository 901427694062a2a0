// How a fake is told to fail: by the name of the call.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include "core/result.h"

namespace hakoban {

class FakeFailures {
 public:
  // The next `times` calls of this name fail so; -1: all.
  void fail(const std::string& call, Error error, int times = -1) {
    const std::lock_guard lock{mutex_};
    plans_[call] = {std::move(error), times};
  }

  // Calls of this name do not answer until they are stopped.
  void hang(const std::string& call) { fail(call, Error{Errc::cancelled, "hung until it was stopped"}); }

  // For the fake: blocks one that hangs; the error of one that fails.
  [[nodiscard]] std::optional<Error> next(const std::string& call, const std::stop_token& stop) {
    std::unique_lock lock{mutex_};
    const auto found = plans_.find(call);
    if (found == plans_.end() || found->second.left == 0) return std::nullopt;
    if (found->second.left > 0) --found->second.left;
    const Error error = found->second.error;
    if (error.code == Errc::cancelled) never_.wait(lock, stop, [] { return false; });
    return error;
  }

 private:
  struct Plan {
    Error error;
    int left = 0;
  };
  std::mutex mutex_;
  std::condition_variable_any never_;
  std::map<std::string, Plan> plans_;
};

}  // namespace hakoban
