#include "platform/cgroups/cgroup_layout.h"

#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <libcgroup.h>

#include "core/metrics/kernel_text.h"
#include "platform/files.h"

namespace hakoban {
namespace {

namespace fs = std::filesystem;

std::optional<CgroupController> controller_of(std::string_view name) {
  for (const auto controller : kCgroupControllers) {
    if (name == name_of(controller) && controller != CgroupController::pressure) return controller;
  }
  return std::nullopt;
}

// The host sees "/sys/fs/cgroup/memory"; here that is below path.sysfs. Our own mount table, when the host's
// cannot be read, has it there already. Other mounts of the same hierarchies (of containers, of chroots) are
// passed over.
std::optional<fs::path> seen_from_here(const std::string& mount_point, const HostPaths& paths) {
  constexpr std::string_view kSys = "/sys/";
  if (mount_point.starts_with(paths.sysfs.string() + '/')) return mount_point;
  if (mount_point.starts_with(kSys)) return paths.sysfs / mount_point.substr(kSys.size());
  return std::nullopt;
}

void add_v1(CgroupLayout& layout, const CgroupMountLine& line, const fs::path& folder) {
  for (const auto& name : line.controllers) {
    const auto controller = controller_of(name);
    if (controller && !layout.of(*controller))
      layout.set(*controller, {CgroupVersion::v1, folder.string(), line.root});
  }
}

// A controller is in v2's tree when the tree says so and no v1 hierarchy has it. cpu.stat has the CPU time
// there whether or not the cpu controller is on.
void add_v2(CgroupLayout& layout) {
  const auto& unified = layout.unified();
  if (!unified) return;
  layout.set(CgroupController::pressure, *unified);
  const auto text = read_file(fs::path{unified->folder} / "cgroup.controllers");
  if (!text) return;  // a v2 tree has it: a host that hides it has no controllers for us there
  std::string_view rest = *text;
  rest = kernel_text::take_until(rest, '\n');
  for (auto word = kernel_text::take_word(rest); !word.empty(); word = kernel_text::take_word(rest)) {
    const auto controller = word == "io" ? CgroupController::blkio : controller_of(word);
    if (controller && !layout.of(*controller)) layout.set(*controller, *unified);
  }
  if (!layout.of(CgroupController::cpuacct) && layout.of(CgroupController::cpu) == unified)
    layout.set(CgroupController::cpuacct, *unified);
}

Result<std::string> read_mountinfo(const HostPaths& paths) {
  auto hosts = read_file(paths.procfs / "1" / "mountinfo");
  if (hosts && !hosts->empty()) return hosts;
  return read_file(paths.procfs / "self" / "mountinfo");
}

bool is_file(const fs::path& path) {
  std::error_code failed;
  return fs::is_regular_file(path, failed);
}

bool is_folder(const fs::path& path) {
  std::error_code failed;
  return fs::is_directory(path, failed);
}

void add_mount_table(CgroupLayout& layout, const HostPaths& paths, std::string_view mountinfo) {
  for (const auto& line : parse_mountinfo(mountinfo)) {
    const auto folder = seen_from_here(line.mount_point, paths);
    if (!folder || !is_folder(*folder)) continue;
    if (line.version == CgroupVersion::v1) add_v1(layout, line, *folder);
    if (line.version == CgroupVersion::v2 && !layout.unified())
      layout.set_unified({CgroupVersion::v2, folder->string(), line.root});
  }
}

// The v1 hierarchies as libcgroup knows them. Its list of v2 is not used: it has no entry for a tree without
// controllers, and the tree itself names those that it has.
void ask_libcgroup(CgroupLayout& layout) {
  if (::cgroup_init() != 0) return;
  void* iterator = nullptr;
  ::cgroup_mount_point found{};
  for (int code = ::cgroup_get_controller_begin(&iterator, &found); code == 0;
       code = ::cgroup_get_controller_next(&iterator, &found)) {
    const auto controller = controller_of(found.name);
    const bool unified = is_file(fs::path{found.path} / "cgroup.controllers");
    if (controller && !unified) layout.set(*controller, {CgroupVersion::v1, found.path, "/"});
  }
  ::cgroup_get_controller_end(&iterator);
}

// libcgroup does not tell which part of a hierarchy a mount shows; the mount table does.
void take_roots(CgroupLayout& layout, std::string_view mountinfo) {
  for (const auto& line : parse_mountinfo(mountinfo)) {
    for (const auto controller : kCgroupControllers) {
      const auto& mount = layout.of(controller);
      if (mount && mount->version == line.version && mount->folder == line.mount_point)
        layout.set(controller, {mount->version, mount->folder, line.root});
    }
  }
}

}  // namespace

Result<CgroupLayout> CgroupLayout::discover(const HostPaths& paths) {
  CgroupLayout layout;
  const auto mountinfo = read_mountinfo(paths);
  if (!mountinfo) return mountinfo.error().within("finding cgroups");
  if (paths.procfs == "/proc" && paths.sysfs == "/sys") {
    ask_libcgroup(layout);
    take_roots(layout, *mountinfo);
  }
  add_mount_table(layout, paths, *mountinfo);
  add_v2(layout);
  if (layout.kind().empty())
    return Error{Errc::not_found,
                 fmt::format("finding cgroups: no cgroup file system below {}", paths.sysfs.string())};
  return layout;
}

const std::optional<ControllerMount>& CgroupLayout::of(CgroupController controller) const {
  return mounts_[static_cast<std::size_t>(controller)];
}

std::string_view CgroupLayout::kind() const {
  bool one = false;
  bool two = false;
  for (const auto controller : kCgroupControllers) {
    if (controller == CgroupController::pressure)
      continue;  // there is a v2 tree for other ends on v1 hosts too
    const auto& mount = of(controller);
    one = one || (mount && mount->version == CgroupVersion::v1);
    two = two || (mount && mount->version == CgroupVersion::v2);
  }
  if (one && two) return "hybrid";
  if (one) return "v1";
  return two ? "v2" : "";
}

void CgroupLayout::set(CgroupController controller, ControllerMount mount) {
  mounts_[static_cast<std::size_t>(controller)] = std::move(mount);
}

void CgroupLayout::set_unified(ControllerMount mount) {
  unified_ = std::move(mount);
}

}  // namespace hakoban
