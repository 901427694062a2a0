// Where this host's cgroup controllers are: v1 hierarchies, the v2 tree, or some here and some there
// (hybrid). Found once, at start-up.
//
// Two sources, as neither suffices: libcgroup knows the mounts of our own mount namespace, controllers of v1
// and enabled controllers of v2; but it looks only under /proc and /sys and hides a v2 mount without
// controllers. So /proc/1/mountinfo (else /proc/self/mountinfo) is read under the prefixes of HostPaths too;
// libcgroup is asked when those are the plain ones, and what it knows goes first.
#pragma once

#include <array>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>

#include "core/metrics/cgroup_mounts.h"
#include "core/result.h"
#include "platform/cgroups/host_paths.h"

namespace hakoban {

// A value. Where it comes from matters only at start-up.
class CgroupLayout {
 public:
  // Errors: not_found (no cgroup file system at all), unavailable.
  [[nodiscard]] static Result<CgroupLayout> discover(const HostPaths& paths);

  CgroupLayout() = default;

  // Nothing: this host does not have the controller.
  [[nodiscard]] const std::optional<ControllerMount>& of(CgroupController controller) const;

  // The v2 tree, with or without controllers.
  [[nodiscard]] const std::optional<ControllerMount>& unified() const { return unified_; }

  // "v1", "v2" or "hybrid" (controllers in both).
  [[nodiscard]] std::string_view kind() const;

  void set(CgroupController controller, ControllerMount mount);
  void set_unified(ControllerMount mount);

 private:
  std::array<std::optional<ControllerMount>, kCgroupControllerCount> mounts_;
  std::optional<ControllerMount> unified_;
};

}  // namespace hakoban
