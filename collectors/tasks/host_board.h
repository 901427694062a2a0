// Where the threads of the census put what they learn, and where each change becomes a new HostView.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <stop_token>
#include <string>

#include "collectors/tasks/census_metrics.h"
#include "core/host/host_assembly.h"
#include "core/host/host_view.h"
#include "platform/latest.h"
#include "platform/pulse.h"

namespace hakoban {

// Thread-safe.
class HostBoard {
 public:
  // Both must outlive it.
  HostBoard(Latest<HostView>& views, CensusMetrics& metrics, std::string own_container_id);

  // Changes the facts, then publishes the view if it is another than before.
  void update(const std::function<void(HostFacts&)>& change);

  [[nodiscard]] Latest<HostView>::Value view() const { return views_.get(); }

  // Asks all who wait to refresh what they know.
  void hurry();

  // What has been told so far: changes of the view, and calls of hurry().
  struct Told {
    std::uint64_t news = 0;
    std::uint64_t hurries = 0;
  };
  // Waits until there is more than `seen`, at most `patience`, or until `stop`.
  [[nodiscard]] Told wait(const Told& seen, Duration patience, const std::stop_token& stop) const;

 private:
  Latest<HostView>& views_;
  CensusMetrics& metrics_;
  mutable std::mutex mutex_;
  mutable std::condition_variable_any changed_;
  HostFacts facts_;
  HostView last_;
  Told told_;
};

}  // namespace hakoban
