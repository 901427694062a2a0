// How large each container's own layer is. Only a walk over its files can tell, so that is done in the
// background, seldom and with a limit, and only when somebody scrapes.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "core/metrics/usage_families.h"
#include "core/time.h"
#include "platform/cgroups/host_paths.h"

namespace hakoban {

struct LayerWalkerConfig {
  std::string rootfs = "/";          // where the host's folders are seen from here
  Duration interval = 5min;          // between two walks of one layer
  std::size_t most_files = 200'000;  // a larger layer has no size: it would take too long to tell
};

class LayerWalker {
 public:
  LayerWalker(HostPaths paths, LayerWalkerConfig config);
  ~LayerWalker();  // ends a walk under way
  LayerWalker(const LayerWalker&) = delete;
  LayerWalker& operator=(const LayerWalker&) = delete;

  // What is known of a running container's layer, asking for a walk when that is old. Never waits.
  // Thread-safe.
  [[nodiscard]] std::optional<LayerUsage> of(const std::string& container, int pid, SteadyPoint now);

  // Containers that of() was not asked about since the last call are forgotten.
  void forget_others();

  // Waits until every walk asked for is done: for tests.
  void finish();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hakoban
