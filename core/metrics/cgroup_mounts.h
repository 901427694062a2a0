// Cgroup mounts and membership, as the kernel writes them: proc(5) on /proc/[pid]/mountinfo, cgroups(7) on
// /proc/[pid]/cgroup.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hakoban {

// What we read of a cgroup. On v2 `cpuacct` is cpu.stat, `blkio` is the io controller. `pressure` is no
// controller: the v2 tree has PSI with or without any.
enum class CgroupController { cpu, cpuacct, memory, blkio, pids, hugetlb, pressure };
inline constexpr std::size_t kCgroupControllerCount = 7;
inline constexpr std::array<CgroupController, kCgroupControllerCount> kCgroupControllers{
    CgroupController::cpu,  CgroupController::cpuacct, CgroupController::memory,  CgroupController::blkio,
    CgroupController::pids, CgroupController::hugetlb, CgroupController::pressure};

[[nodiscard]] std::string_view name_of(CgroupController controller);

enum class CgroupVersion { v1, v2 };

// Where the files of a controller are.
struct ControllerMount {
  CgroupVersion version = CgroupVersion::v1;
  std::string folder;      // of the mount, as seen from here
  std::string root = "/";  // which cgroup the mount shows: "/" but for mounts inside a container

  bool operator==(const ControllerMount&) const = default;
};

// One line of mountinfo that mounts a cgroup file system.
struct CgroupMountLine {
  CgroupVersion version = CgroupVersion::v1;
  std::string root;
  std::string mount_point;
  std::vector<std::string> controllers;  // v1: from the super options; v2: none, cgroup.controllers has them

  bool operator==(const CgroupMountLine&) const = default;
};

// A path or a device in mountinfo: spaces, tabs, newlines and backslashes are written as \040 and so on.
[[nodiscard]] std::string unescape_mount(std::string_view text);

// Lines of other file systems, and lines that cannot be read, are passed over.
[[nodiscard]] std::vector<CgroupMountLine> parse_mountinfo(std::string_view text);

// A process' cgroup in each hierarchy.
struct CgroupMembership {
  struct Line {
    std::vector<std::string> controllers;  // none: v2
    std::string path;
  };
  std::vector<Line> lines;

  // The path in the v1 hierarchy that has this controller.
  [[nodiscard]] std::optional<std::string_view> v1_path(CgroupController controller) const;
  [[nodiscard]] std::optional<std::string_view> v2_path() const;
};

[[nodiscard]] CgroupMembership parse_proc_cgroup(std::string_view text);

}  // namespace hakoban
