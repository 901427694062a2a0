// How often a drain looks at the health of targets: all of the polling policy, in one place. Pure.
//
// DescribeTargetHealth shares ten calls a second with the whole account, and hundreds of hosts may drain at
// once. A deregistered target says `draining` for its group's whole delay, even when its last connection is
// gone; so where the delay is known it is trusted, and looks serve only to see whether somebody registers the
// target again. docs/termination-at-scale.md has the figures.
#pragma once

#include <optional>

#include "core/time.h"

namespace hakoban {

struct HealthPolls {
  // Delay not known: from the deregistration to the first look, and least between two.
  Duration first = 1s;
  // Delay known: the same.
  Duration watch = 5s;
  // The next look comes after this part of the time since the deregistration, but at most so long.
  double growth = 0.35;
  Duration longest = 15s;
  Duration once_out = 20s;  // all are out
  // A target counts as out this long after its delay is over.
  Duration trust_after = 1s;
  // After a throttled look this host looks at nothing for up to this long, doubling with each.
  Duration back_off = 10s;
  Duration back_off_most = 60s;
};

// One target group's (or classic load balancer's) targets that have been deregistered.
struct LookFacts {
  Duration since_deregistration{};  // of the one deregistered last
  std::optional<Duration> delay;    // the group's deregistration delay, where known
  bool all_out = false;
};

// How long to wait from now, just after an answered look (or the deregistration), for the next. `dice` in
// [0, 1) spreads it, since many hosts may have begun together.
[[nodiscard]] Duration until_next_look(const LookFacts& facts, const HealthPolls& polls, double dice);

// How long to wait after a look that failed for the nth time in a row (1, 2, …), throttling left aside.
[[nodiscard]] Duration after_failed_look(int failures, const HealthPolls& polls, double dice);

// How long this host looks at nothing after the nth throttled look in a row.
[[nodiscard]] Duration after_throttled_look(int throttles, const HealthPolls& polls, double dice);

// Whether targets deregistered this long ago may be taken for out without a look.
[[nodiscard]] bool trusted_out(Duration since_deregistration, std::optional<Duration> delay,
                               const HealthPolls& polls);

}  // namespace hakoban
