// How much a pool's demand rose at this time of the hour and of the day: batch starts by the clock, so what
// rose an hour or a day ago is likely to rise again.
#pragma once

#include <cstdint>
#include <vector>

#include "core/time.h"

namespace hakoban {

struct DemandSum {
  std::int64_t cpu = 0;
  std::int64_t memory = 0;

  bool operator==(const DemandSum&) const = default;
};

// In memory only, one number a minute for a little more than a day.
class DemandHistory {
 public:
  DemandHistory();

  // What is booked and wanted now; the most of each minute is kept.
  void note(TimePoint now, DemandSum demand);

  // The most that demand rose within `ahead` from this time on, an hour ago or a day ago; 0 when it is not
  // known.
  [[nodiscard]] DemandSum rise(TimePoint now, Duration ahead) const;

 private:
  struct Minute {
    std::int64_t number = -1;  // since 1970
    DemandSum most;
  };

  [[nodiscard]] const Minute* at(std::int64_t minute) const;

  std::vector<Minute> minutes_;
};

}  // namespace hakoban
