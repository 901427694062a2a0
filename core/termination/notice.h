// A word from outside that this host, or this instance, has to go.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/time.h"

namespace hakoban {

enum class NoticeKind {
  spot_interruption,  // spot/instance-action
  rebalance,          // events/recommendations/rebalance
  lifecycle,          // autoscaling/target-lifecycle-state: Terminated
  maintenance,        // events/maintenance/scheduled
  operator_request,   // hakoban drain
};

[[nodiscard]] std::string_view name_of(NoticeKind kind);

struct Notice {
  NoticeKind kind = NoticeKind::spot_interruption;
  std::string id;                     // stable over repetitions of the same event
  std::string action;                 // "terminate", "stop", "hibernate", a maintenance code, …
  std::optional<TimePoint> deadline;  // when EC2 acts; absent: none given
  TimePoint seen_at;                  // when we first saw it
  bool withdrawn = false;             // it stood there and is gone: cancelled, or over

  bool operator==(const Notice&) const = default;
};

}  // namespace hakoban
