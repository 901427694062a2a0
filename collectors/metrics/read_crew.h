// Reads many cgroups one after another, and does not wait for one that hangs: some reads can wait in the
// kernel for a lock, a reclaim or a broken driver for as long as they like.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "collectors/metrics/usage_reader.h"
#include "core/time.h"

namespace hakoban {

struct ReadCrewConfig {
  Duration patience = 500ms;  // with one cgroup
  int most_left_behind = 16;  // threads that hang at a time; with so many nothing more is read in that round
};

// The reading thread stands still between rounds. A thread that hangs is left behind with its cgroup until it
// comes back, and another goes on.
class ReadCrew {
 public:
  explicit ReadCrew(ReadCrewConfig config = {});
  ~ReadCrew();  // does not wait for those left behind
  ReadCrew(const ReadCrew&) = delete;
  ReadCrew& operator=(const ReadCrew&) = delete;

  // In the order of `readers`; nothing where one was left out. For one thread at a time.
  [[nodiscard]] std::vector<std::optional<UsageReport>> read(
      const std::vector<std::shared_ptr<UsageReader>>& readers, SteadyPoint now);

 private:
  struct State;
  static void work(const std::shared_ptr<State>& state, int number);
  void replace_the_one_that_hangs();

  const ReadCrewConfig config_;
  const std::shared_ptr<State> state_;
};

}  // namespace hakoban
