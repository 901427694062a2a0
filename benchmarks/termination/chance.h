// Thousands of single interruptions by chance, each judged.
#pragma once

#include <cstddef>

namespace hakoban::bench {

struct ChanceResult {
  std::size_t drains = 0;
  std::size_t faulty = 0;            // something did not hold; each is printed
  std::size_t missed_deadlines = 0;  // a task ended late, or the drain never did
};

[[nodiscard]] ChanceResult live_by_chance(std::size_t drains);

}  // namespace hakoban::bench
