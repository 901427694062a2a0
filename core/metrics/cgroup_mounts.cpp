#include "core/metrics/cgroup_mounts.h"

#include <algorithm>

#include "core/metrics/kernel_text.h"

namespace hakoban {
namespace {

using kernel_text::take_until;

std::vector<std::string> split_commas(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) parts.emplace_back(take_until(text, ','));
  return parts;
}

bool is_octal(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '7'; });
}

// "36 35 98:0 /root /mount/point options shared:1 … - type source super,options"
std::optional<CgroupMountLine> parse_line(std::string_view line) {
  const auto dash = line.find(" - ");
  if (dash == std::string_view::npos) return std::nullopt;
  auto after = line.substr(dash + 3);
  auto before = line.substr(0, dash);
  const auto type = take_until(after, ' ');
  if (type != "cgroup" && type != "cgroup2") return std::nullopt;
  for (int i = 0; i < 3; ++i) take_until(before, ' ');
  CgroupMountLine mount;
  mount.version = type == "cgroup" ? CgroupVersion::v1 : CgroupVersion::v2;
  mount.root = unescape_mount(take_until(before, ' '));
  mount.mount_point = unescape_mount(take_until(before, ' '));
  if (mount.root.empty() || !mount.mount_point.starts_with('/')) return std::nullopt;
  take_until(after, ' ');
  if (mount.version == CgroupVersion::v1) mount.controllers = split_commas(take_until(after, ' '));
  return mount;
}

}  // namespace

std::string unescape_mount(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size() && is_octal(text.substr(i + 1, 3))) {
      plain += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
      i += 3;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

std::string_view name_of(CgroupController controller) {
  switch (controller) {
    case CgroupController::cpu:
      return "cpu";
    case CgroupController::cpuacct:
      return "cpuacct";
    case CgroupController::memory:
      return "memory";
    case CgroupController::blkio:
      return "blkio";
    case CgroupController::pids:
      return "pids";
    case CgroupController::hugetlb:
      return "hugetlb";
    case CgroupController::pressure:
      return "pressure";
  }
  return "unknown";
}

std::vector<CgroupMountLine> parse_mountinfo(std::string_view text) {
  std::vector<CgroupMountLine> mounts;
  while (!text.empty()) {
    if (auto mount = parse_line(take_until(text, '\n'))) mounts.push_back(*std::move(mount));
  }
  return mounts;
}

std::optional<std::string_view> CgroupMembership::v1_path(CgroupController controller) const {
  for (const auto& line : lines) {
    const auto& all = line.controllers;
    if (std::find(all.begin(), all.end(), name_of(controller)) != all.end()) return line.path;
  }
  return std::nullopt;
}

std::optional<std::string_view> CgroupMembership::v2_path() const {
  for (const auto& line : lines) {
    if (line.controllers.empty()) return line.path;
  }
  return std::nullopt;
}

// Lines "4:memory:/docker/…", "2:cpu,cpuacct:/…", "1:name=systemd:/…", "0::/…".
CgroupMembership parse_proc_cgroup(std::string_view text) {
  CgroupMembership membership;
  while (!text.empty()) {
    auto line = take_until(text, '\n');
    const auto number = take_until(line, ':');
    const auto controllers = take_until(line, ':');
    if (!kernel_text::number(number) || !line.starts_with('/')) continue;
    membership.lines.push_back({split_commas(controllers), std::string{line}});
  }
  return membership;
}

}  // namespace hakoban
