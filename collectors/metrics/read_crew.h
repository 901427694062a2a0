// Reads many cgroups, two at a time, and does not wait for one that hangs: some reads can wait in the kernel
// for a lock, a reclaim or a broken driver for as long as they like.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "collectors/metrics/usage_reader.h"
#include "core/time.h"

namespace hakoban {

struct ReadCrewConfig {
  Duration patience = 500ms;  // with one cgroup
  std::size_t threads = 2;    // more do not help: the kernel's own locks are in the way
  int most_left_behind = 16;  // threads that hang at a time; with so many none is replaced any more
};

// The threads stand still between rounds. One that hangs is left behind with its cgroup until it comes back,
// and another goes on.
class ReadCrew {
 public:
  explicit ReadCrew(ReadCrewConfig config = {});
  ~ReadCrew();  // does not wait for those left behind
  ReadCrew(const ReadCrew&) = delete;
  ReadCrew& operator=(const ReadCrew&) = delete;

  // In the order of `readers`; nothing where one was left out, as all are when no thread is left. For one
  // thread at a time.
  [[nodiscard]] std::vector<std::optional<UsageReport>> read(
      const std::vector<std::shared_ptr<UsageReader>>& readers, SteadyPoint now);

 private:
  struct State;
  static void work(const std::shared_ptr<State>& state, int number);
  void hire();

  const ReadCrewConfig config_;
  const std::shared_ptr<State> state_;
};

}  // namespace hakoban
