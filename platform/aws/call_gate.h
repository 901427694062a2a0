// Who is asked before each exchange with AWS: platform/aws/call_budget.h is real.
#pragma once

#include <optional>
#include <stop_token>
#include <string>

#include "core/result.h"
#include "core/time.h"
#include "platform/aws/endpoints.h"

namespace hakoban {

class CallGate {
 public:
  virtual ~CallGate() = default;

  // Waits for its turn, at most until `until`. Errors: throttled (the turn comes after `until`), cancelled.
  // Thread-safe.
  [[nodiscard]] virtual Result<void> admit(AwsService service, const std::string& action,
                                           std::optional<SteadyPoint> until, const std::stop_token& stop) = 0;

  // AWS refused the call because there were too many.
  virtual void throttled(AwsService service, const std::string& action) = 0;
};

}  // namespace hakoban
