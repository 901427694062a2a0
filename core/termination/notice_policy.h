// What a notice means for this host: whether it is drained for it, how, from when and until when. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"
#include "core/termination/notice.h"
#include "core/time.h"

namespace hakoban {

// How a host is taken out of service; the later in this list, the stronger.
enum class Manner {
  none,    // not at all
  mark,    // the container instance is set DRAINING, and that is all
  gentle,  // DRAINING; ECS moves the services by itself; what is left is taken out and stopped near the
           // deadline
  hard,    // the host goes whatever we do: everything at once
};

[[nodiscard]] std::string_view name_of(Manner manner);

// "ignore", "mark", "drain": what an operator may choose for an event that leaves the choice.
[[nodiscard]] Result<Manner> parse_manner(std::string_view word);

struct NoticePolicy {
  // EC2's two minutes: of a hard notice without a deadline of its own.
  Duration default_budget = 120s;

  // A rebalance recommendation is no termination: most of these instances live on for hours.
  Manner rebalance = Manner::none;
  Duration rebalance_budget = 15min;

  // By maintenance code; `other_maintenance` for those not named.
  std::map<std::string, Manner, std::less<>> maintenance = {
      {"instance-reboot", Manner::gentle},     {"system-reboot", Manner::gentle},
      {"instance-retirement", Manner::gentle}, {"instance-stop", Manner::gentle},
      {"system-maintenance", Manner::mark},
  };
  Manner other_maintenance = Manner::mark;
  // The drain begins this long before NotBefore: such events are told weeks ahead.
  Duration maintenance_lead = 30min;

  // Of the group's termination while a lifecycle hook holds the instance.
  Duration lifecycle_budget = 1h;
  // Of an operator's request without a deadline.
  Duration operator_budget = 1h;
};

struct NoticeTerms {
  Manner manner = Manner::none;
  TimePoint begin_at;  // not before
  // What runs then is stopped; TimePoint::max(): nothing is.
  TimePoint deadline;
  // The host goes at the deadline whatever happens, so that not even a protected task is spared.
  bool final = false;

  bool operator==(const NoticeTerms&) const = default;
};

// By kind:
// - spot interruption, shutdown of the host: hard, until the deadline told or the default budget.
// - lifecycle: gentle until its budget. (Without a hook that holds the instance the machine makes it hard.)
// - maintenance: as its code says; from NotBefore − lead until NotBefore, which is final.
// - rebalance: as the policy says.
// - operator: gentle until the deadline given or the budget; kDrainNow: hard, with the default budget.
[[nodiscard]] NoticeTerms terms_of(const Notice& notice, const NoticePolicy& policy);

}  // namespace hakoban
