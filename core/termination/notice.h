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
  lifecycle,          // autoscaling/target-lifecycle-state
  maintenance,        // events/maintenance/scheduled
  operator_request,   // hakoban drain
  host_shutdown,      // systemd-logind is about to shut the host down
};

[[nodiscard]] std::string_view name_of(NoticeKind kind);

// An operator's request that does not wait for ECS to move the tasks.
inline constexpr std::string_view kDrainNow = "drain-now";
inline constexpr std::string_view kDrain = "drain";

struct Notice {
  NoticeKind kind = NoticeKind::spot_interruption;
  // Stable over repetitions of the same event: "spot-interruption", "rebalance", "lifecycle", a maintenance's
  // EventId, "operator", "host-shutdown".
  std::string id;
  // "terminate", "stop", "hibernate"; a target lifecycle state; a maintenance code; kDrain or kDrainNow; …
  std::string action;
  std::optional<TimePoint> deadline;  // when the host goes (maintenance: NotBefore); absent: none given
  TimePoint seen_at;                  // when we first saw it
  bool withdrawn = false;             // it stood there and is gone: cancelled, or over

  bool operator==(const Notice&) const = default;
};

}  // namespace hakoban
