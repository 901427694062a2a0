#include "core/metrics/cgroup_path.h"

#include <algorithm>

namespace hakoban {

std::optional<std::string> cgroup_from_proc(const CgroupMembership& membership, CgroupController controller,
                                            CgroupVersion version, std::string_view container_id) {
  const auto path = version == CgroupVersion::v1 ? membership.v1_path(controller) : membership.v2_path();
  if (!path || path->starts_with("/..") || path->find(container_id) == std::string_view::npos)
    return std::nullopt;
  return std::string{*path};
}

bool names_container(const CgroupMembership& membership, std::string_view container_id) {
  return std::any_of(membership.lines.begin(), membership.lines.end(), [&](const auto& line) {
    return !container_id.empty() && line.path.find(container_id) != std::string::npos;
  });
}

std::vector<std::string> likely_cgroups(const ContainerView& container) {
  const auto scope = "/docker-" + container.id + ".scope";
  const std::string_view parent = container.cgroup_parent;
  if (parent.empty()) return {"/docker/" + container.id, "/system.slice" + scope};
  if (parent.ends_with(".slice")) return {expand_slice(parent.substr(parent.rfind('/') + 1)) + scope};
  return {(parent.starts_with('/') ? "" : "/") + std::string{parent} + '/' + container.id};
}

std::optional<std::string> task_cgroup(std::string_view container_cgroup, std::string_view task_id) {
  const auto end = container_cgroup.rfind('/');
  if (end == 0 || end == std::string_view::npos || task_id.empty()) return std::nullopt;
  const auto parent = container_cgroup.substr(0, end);
  if (parent.substr(parent.rfind('/') + 1).find(task_id) == std::string_view::npos) return std::nullopt;
  return std::string{parent};
}

std::string expand_slice(std::string_view slice) {
  constexpr std::string_view kSuffix = ".slice";
  const auto name = slice.substr(0, slice.size() - kSuffix.size());
  std::string path;
  for (auto dash = name.find('-'); dash != std::string_view::npos; dash = name.find('-', dash + 1))
    path.append("/").append(name.substr(0, dash)).append(kSuffix);
  return path.append("/").append(slice);
}

}  // namespace hakoban
