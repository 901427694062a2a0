#include "benchmarks/termination/chance.h"

#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>

#include "handlers/drain/drain_journal.h"
#include "tests/fakes/chance_drain.h"

namespace hakoban::bench {

namespace {

// As an agent that was killed reads it.
DrainState through_journal(const DrainState& state) {
  auto read = parse_journal(format_journal(state, "boot"));
  if (!read) {
    fmt::print("a journal that cannot be read: {}\n", read.error().what);
    std::abort();
  }
  return read->state;
}

}  // namespace

ChanceResult live_by_chance(std::size_t drains) {
  ChanceResult result;
  for (std::uint64_t seed = 1; seed <= drains; ++seed) {
    ChanceDrain drain{seed, through_journal};
    const auto faults = drain.run();
    ++result.drains;
    result.faulty += faults.empty() ? 0 : 1;
    const auto late = [](const std::string& fault) {
      return fault.ends_with("by the deadline") || fault == "the drain did not end";
    };
    result.missed_deadlines += std::any_of(faults.begin(), faults.end(), late) ? 1 : 0;
    for (const std::string& fault : faults) fmt::print("seed {}: {}\n", seed, fault);
  }
  return result;
}

}  // namespace hakoban::bench
