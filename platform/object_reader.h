// Reads back what an ObjectStore holds: for an operator's commands, not for the agent.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "core/result.h"

namespace hakoban {

class ObjectReader {
 public:
  virtual ~ObjectReader() = default;

  // Errors: not_found, denied, unavailable, timeout, throttled, invalid (larger than 256 MiB).
  [[nodiscard]] virtual Result<std::string> get(const std::string& key, const std::stop_token& stop) = 0;

  // The keys that begin with `prefix`, in the order of their bytes; none is no error. Errors: denied,
  // unavailable, timeout, throttled, malformed.
  [[nodiscard]] virtual Result<std::vector<std::string>> list(const std::string& prefix,
                                                              const std::stop_token& stop) = 0;
};

}  // namespace hakoban
