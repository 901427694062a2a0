// RunTasks that found no room, as their callers say so again and again: each counted once, forgotten when
// silent.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/fleet/fleet_snapshot.h"

namespace hakoban {

class WaitingJobs {
 public:
  // A caller said that its job waits. False, and nothing kept, when there are so many already that the queue
  // must be full of nonsense.
  bool hear(const std::string& id, const std::string& pool, const TaskNeed& need, TimePoint when);

  // Those heard of within `silence`, in order of their ids; the others are forgotten.
  [[nodiscard]] std::vector<WaitingJob> waiting(TimePoint now, Duration silence);

 private:
  std::map<std::string, WaitingJob> jobs_;
};

}  // namespace hakoban
