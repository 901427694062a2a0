// When bytes of a log have waited long enough for their segment to fill. Each object costs a PUT, so quiet
// containers wait.
#pragma once

#include <cstdint>
#include <optional>

#include "core/time.h"

namespace hakoban {

struct PendingLog {
  std::uint64_t bytes = 0;  // that no plan has yet
  Duration waited{0};       // the oldest of them
  bool rotated = false;     // Docker has gone on to another file, and may delete this one
  bool closed = false;      // the container ended, and so did Docker's copying
};

struct DuePolicy {
  std::uint64_t max_bytes = 0;
  Duration max_age{0};
  bool at_once = false;  // the process ends
  // Fewer bytes wait longer, for the sake of fewer objects; never shorter than max_age.
  std::uint64_t quiet_bytes = 0;
  Duration quiet_max_age{0};
};

[[nodiscard]] constexpr bool is_due(const PendingLog& pending, const DuePolicy& policy) {
  if (pending.bytes == 0) return false;
  if (policy.at_once || pending.rotated || pending.closed || pending.bytes >= policy.max_bytes) return true;
  const bool quiet = pending.bytes < policy.quiet_bytes && policy.quiet_max_age > policy.max_age;
  return pending.waited >= (quiet ? policy.quiet_max_age : policy.max_age);
}

}  // namespace hakoban
