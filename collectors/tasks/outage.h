// A source that fails for a while: said once when it begins, when its reason changes and when it ends.
#pragma once

#include <optional>
#include <string>

#include "core/host/retry_wait.h"
#include "core/result.h"

namespace hakoban {

// Of one thread.
class Outage {
 public:
  // `source` as people call it: "the Docker engine".
  Outage(std::string source, RetryWait retry) : source_(std::move(source)), retry_(retry) {}

  // Returns how long to wait before the next try.
  Duration failed(const Error& error, double dice);
  void ended();

 private:
  const std::string source_;
  const RetryWait retry_;
  int failures_ = 0;  // in a row
  std::optional<Errc> reason_;
};

}  // namespace hakoban
