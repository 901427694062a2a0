// How the uploaders behave toward a store that refuses: each waits longer with each failure of its own, and
// all wait when the store asks for fewer calls.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/registry.h>

#include "core/result.h"
#include "core/time.h"
#include "platform/clock.h"
#include "platform/random.h"

namespace hakoban {

// From half of min(cap, base * 2^failures) to all of it; failures from 0.
[[nodiscard]] Duration backoff(int failures, Duration base, Duration cap, double chance);

// Thread-safe. Counts each failure, and logs when an outage begins, gets another reason and ends.
class StoreGate {
 public:
  StoreGate(std::string store_name, const Clock& clock, Random random, prometheus::Registry& registry,
            Duration retry_base, Duration retry_cap);

  // Waits while all have to. Returns false when `stop` came first.
  [[nodiscard]] bool enter(const std::stop_token& stop);

  void accepted();

  // Returns how long the uploader has to wait after its failure of that number (from 0) with one object.
  [[nodiscard]] Duration refused(const Error& error, int failures);

 private:
  struct Outage {
    SteadyPoint since;
    std::set<Errc> reasons;
    std::uint64_t failures = 0;
  };

  void note_outage(const Error& error, SteadyPoint now);

  const std::string store_name_;
  const Clock& clock_;
  const Random random_;
  const Duration base_;
  const Duration cap_;
  prometheus::Counter& retries_;
  prometheus::Family<prometheus::Counter>& failures_;
  std::mutex mutex_;
  std::optional<Outage> outage_;
  SteadyPoint not_before_{};
  int throttled_ = 0;  // times since the last success
};

}  // namespace hakoban
