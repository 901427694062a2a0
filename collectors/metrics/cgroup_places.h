// Finds the folders of a container's and a task's cgroups.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/host/host_view.h"
#include "core/metrics/cgroup_mounts.h"
#include "platform/cgroups/cgroup_layout.h"
#include "platform/cgroups/host_paths.h"

namespace hakoban {

struct CgroupPlace {
  CgroupController controller = CgroupController::cpu;
  CgroupVersion version = CgroupVersion::v1;
  std::string path;    // in its hierarchy: "/ecs/<task>/<container>"
  std::string folder;  // as seen from here; it exists
};

struct ContainerPlaces {
  std::vector<CgroupPlace> cgroups;
  bool pid_is_its_own = false;  // the process id given does belong to the container
};

// From /proc/PID/cgroup, else from where Docker usually puts it. Nothing found is no error: it may have
// ended.
[[nodiscard]] ContainerPlaces find_container(const CgroupLayout& layout, const HostPaths& paths,
                                             const ContainerView& container);

// The task's own cgroups, from those of one of its containers. Empty: the task has none.
[[nodiscard]] std::vector<CgroupPlace> find_task(const CgroupLayout& layout,
                                                 const std::vector<CgroupPlace>& container,
                                                 std::string_view task_id);

// The same where the container's own cgroups are gone already: from where Docker put them.
[[nodiscard]] std::vector<CgroupPlace> find_task_below(const CgroupLayout& layout,
                                                       const ContainerView& container,
                                                       std::string_view task_id);

// Those of the whole host.
[[nodiscard]] std::vector<CgroupPlace> root_places(const CgroupLayout& layout);

// cAdvisor's `id`: the memory cgroup's path, else any.
[[nodiscard]] std::string_view id_of(const std::vector<CgroupPlace>& places);

}  // namespace hakoban
