// Instance metadata whose answers the test writes down. A path without one answers 404.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "platform/imds/imds.h"

namespace hakoban {

class FakeImds final : public Imds {
 public:
  [[nodiscard]] Result<std::optional<std::string>> get(std::string_view path,
                                                       const std::stop_token& /*stop*/) override {
    const std::lock_guard lock{mutex_};
    asked_.emplace_back(path);
    if (failure_) return *failure_;
    const auto found = answers_.find(path);
    if (found == answers_.end()) return std::optional<std::string>{};
    return std::optional{found->second};
  }

  void set(std::string_view path, std::string body) {
    const std::lock_guard lock{mutex_};
    answers_.insert_or_assign(std::string{path}, std::move(body));
  }

  void remove(std::string_view path) {
    const std::lock_guard lock{mutex_};
    answers_.erase(std::string{path});
  }

  // From now on every path fails so; nothing: answers again.
  void fail(std::optional<Error> failure) {
    const std::lock_guard lock{mutex_};
    failure_ = std::move(failure);
  }

  [[nodiscard]] std::vector<std::string> asked() const {
    const std::lock_guard lock{mutex_};
    return asked_;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::string, std::less<>> answers_;
  std::optional<Error> failure_;
  std::vector<std::string> asked_;
};

}  // namespace hakoban
