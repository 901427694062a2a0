// An ObjectStore in memory that does what the test says.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "platform/object_store.h"

namespace hakoban {

class RecordingStore final : public ObjectStore {
 public:
  [[nodiscard]] Result<void> put(std::string_view key, std::string_view body, const ObjectMeta& meta,
                                 const std::stop_token& stop) override {
    const std::string name{key};
    // Scripts run unlocked: they may block, or look at the store.
    if (before) {
      if (auto answer = before(name, stop); !answer) return answer;
    }
    {
      const std::lock_guard lock{mutex_};
      if (meta.if_absent && conditional && objects_.contains(name)) return Error{Errc::exists, "412"};
      puts_.push_back(name);
      objects_[name] = std::string{body};
    }
    return after ? after(name) : Result<void>{};
  }

  [[nodiscard]] std::string name() const override { return "memory://"; }

  [[nodiscard]] std::map<std::string, std::string> objects() const {
    const std::lock_guard lock{mutex_};
    return objects_;
  }
  [[nodiscard]] std::vector<std::string> puts() const {
    const std::lock_guard lock{mutex_};
    return puts_;
  }

  bool conditional = true;  // knows If-None-Match

  // An error refuses the PUT: nothing is stored.
  std::function<Result<void>(const std::string& key, const std::stop_token& stop)> before;
  // An error: it is stored, but the caller does not learn of it.
  std::function<Result<void>(const std::string& key)> after;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::string> objects_;
  std::vector<std::string> puts_;
};

}  // namespace hakoban
