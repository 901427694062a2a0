// How often a drain looks at the health of targets: all of the polling policy, in one place. Pure.
//
// DescribeTargetHealth shares 10 calls a second with the whole account, and hundreds of hosts may drain at
// once. A deregistered target stays `draining` for the group's whole delay, so that looking often tells
// nothing new: the looks thin out with the time since the deregistration, and the delay is trusted where no
// answer can be had.
#pragma once

#include <optional>

#include "core/time.h"

namespace hakoban {

struct HealthPolls {
  Duration first = 1s;            // from the deregistration to the first look
  double growth = 0.35;           // then after this part of the time since the deregistration,
  Duration longest = 15s;         // but at most this long,
  Duration after_delay = 1s;      // and once more this long after the delay should be over
  Duration once_out = 20s;        // all are out: only to see whether somebody registers them again
  Duration throttled_most = 20s;  // looks that are throttled back off to this
  // A target counts as out, unseen, this long after its delay is over, if no look has been answered since.
  Duration trust_after = 5s;
};

// One target group's (or classic load balancer's) targets that have been deregistered.
struct LookFacts {
  Duration since_deregistration{};  // of the one deregistered last
  std::optional<Duration> delay;    // the group's deregistration delay, where known
  bool all_out = false;
};

// How long to wait from now, just after an answered look (or the deregistration), for the next. `dice` in
// [0, 1) spreads it by a quarter.
[[nodiscard]] Duration until_next_look(const LookFacts& facts, const HealthPolls& polls, double dice);

// How long to wait after a look that failed for the nth time in a row (1, 2, …).
[[nodiscard]] Duration after_failed_look(int failures, bool throttled, const HealthPolls& polls, double dice);

// Whether targets deregistered this long ago may be taken for out although nobody could be asked.
[[nodiscard]] bool trusted_out(Duration since_deregistration, std::optional<Duration> delay,
                               const HealthPolls& polls);

}  // namespace hakoban
