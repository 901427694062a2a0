// Where a container's and a task's cgroups are in their hierarchy: "/ecs/<task>/<container>".
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/host/host_view.h"
#include "core/metrics/cgroup_mounts.h"

namespace hakoban {

// What /proc/PID/cgroup says about the hierarchy of `controller`. Nothing when it does not name the
// container: the process is another one by now, or we look out of a cgroup namespace of our own ("/../../…").
[[nodiscard]] std::optional<std::string> cgroup_from_proc(const CgroupMembership& membership,
                                                          CgroupController controller, CgroupVersion version,
                                                          std::string_view container_id);

// Whether a process is the container's, or the process id has been used again. Out of another cgroup
// namespace too.
[[nodiscard]] bool names_container(const CgroupMembership& membership, std::string_view container_id);

// Where Docker puts it, most likely first: under its cgroup parent (the ECS agent's "/ecs/<task>" or
// "ecstasks-<task>.slice"), else /docker/<id> with the cgroupfs driver, system.slice/docker-<id>.scope with
// systemd's.
[[nodiscard]] std::vector<std::string> likely_cgroups(const ContainerView& container);

// The cgroup of the task that this container runs in, from the container's own: its parent when that is named
// after the task. Nothing: the task has none (no task limits).
[[nodiscard]] std::optional<std::string> task_cgroup(std::string_view container_cgroup,
                                                     std::string_view task_id);

// systemd's place for a slice: "a-b.slice" is "/a.slice/a-b.slice".
[[nodiscard]] std::string expand_slice(std::string_view slice);

}  // namespace hakoban
