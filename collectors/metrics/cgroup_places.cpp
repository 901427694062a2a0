#include "collectors/metrics/cgroup_places.h"

#include <filesystem>
#include <optional>
#include <system_error>

#include <fmt/format.h>

#include "core/metrics/cgroup_path.h"
#include "platform/files.h"

namespace hakoban {
namespace {

// The folder of a cgroup, when the mount shows it and it exists.
std::optional<std::string> folder_of(const ControllerMount& mount, std::string_view path) {
  if (mount.root != "/") {
    if (!path.starts_with(mount.root)) return std::nullopt;
    path.remove_prefix(mount.root.size());
  }
  auto folder = mount.folder + std::string{path};
  std::error_code failed;
  if (!std::filesystem::is_directory(folder, failed)) return std::nullopt;
  return folder;
}

std::optional<CgroupPlace> place(CgroupController controller, const ControllerMount& mount,
                                 std::string path) {
  auto folder = folder_of(mount, path);
  if (!folder) return std::nullopt;
  return CgroupPlace{controller, mount.version, std::move(path), *std::move(folder)};
}

std::optional<CgroupPlace> find_one(CgroupController controller, const ControllerMount& mount,
                                    const CgroupMembership& membership, const ContainerView& container) {
  if (auto path = cgroup_from_proc(membership, controller, mount.version, container.id)) {
    if (auto found = place(controller, mount, *std::move(path))) return found;
  }
  for (auto& path : likely_cgroups(container)) {
    if (auto found = place(controller, mount, std::move(path))) return found;
  }
  return std::nullopt;
}

CgroupMembership membership_of(const HostPaths& paths, int pid) {
  if (pid <= 0) return {};
  const auto text = read_file(paths.procfs / fmt::to_string(pid) / "cgroup");
  return text ? parse_proc_cgroup(*text) : CgroupMembership{};  // ended: its cgroup may still be there
}

}  // namespace

ContainerPlaces find_container(const CgroupLayout& layout, const HostPaths& paths,
                               const ContainerView& container) {
  const auto membership = membership_of(paths, container.pid);
  ContainerPlaces found{{}, names_container(membership, container.id)};
  for (const auto controller : kCgroupControllers) {
    const auto& mount = layout.of(controller);
    if (!mount) continue;
    if (auto one = find_one(controller, *mount, membership, container))
      found.cgroups.push_back(*std::move(one));
  }
  return found;
}

std::vector<CgroupPlace> find_task(const CgroupLayout& layout, const std::vector<CgroupPlace>& container,
                                   std::string_view task_id) {
  std::vector<CgroupPlace> places;
  for (const auto& below : container) {
    auto path = task_cgroup(below.path, task_id);
    const auto& mount = layout.of(below.controller);
    if (!path || !mount) continue;
    if (auto found = place(below.controller, *mount, *std::move(path))) places.push_back(*std::move(found));
  }
  return places;
}

std::vector<CgroupPlace> find_task_below(const CgroupLayout& layout, const ContainerView& container,
                                         std::string_view task_id) {
  std::vector<CgroupPlace> places;
  for (const auto& below : likely_cgroups(container)) {
    const auto path = task_cgroup(below, task_id);
    for (const auto controller : kCgroupControllers) {
      const auto& mount = layout.of(controller);
      if (!path || !mount) continue;
      if (auto found = place(controller, *mount, *path)) places.push_back(*std::move(found));
    }
  }
  return places;
}

std::vector<CgroupPlace> root_places(const CgroupLayout& layout) {
  std::vector<CgroupPlace> places;
  for (const auto controller : kCgroupControllers) {
    const auto& mount = layout.of(controller);
    if (mount && mount->root == "/") places.push_back({controller, mount->version, "/", mount->folder});
  }
  return places;
}

std::string_view id_of(const std::vector<CgroupPlace>& places) {
  for (const auto& place : places) {
    if (place.controller == CgroupController::memory) return place.path;
  }
  return places.empty() ? std::string_view{} : places.front().path;
}

}  // namespace hakoban
