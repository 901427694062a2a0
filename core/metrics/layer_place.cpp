#include "core/metrics/layer_place.h"

#include "core/metrics/cgroup_mounts.h"
#include "core/metrics/kernel_text.h"

namespace hakoban {
namespace {

using kernel_text::take_until;

struct Mount {
  std::string point;
  std::string_view fstype;
  std::string_view device;
  std::string_view options;
};

// "36 35 98:0 /root /mount/point options shared:1 … - type source super,options"
std::optional<Mount> parse(std::string_view line) {
  const auto dash = line.find(" - ");
  if (dash == std::string_view::npos) return std::nullopt;
  auto before = line.substr(0, dash);
  auto after = line.substr(dash + 3);
  for (int i = 0; i < 4; ++i) take_until(before, ' ');
  Mount mount;
  mount.point = unescape_mount(take_until(before, ' '));
  mount.fstype = take_until(after, ' ');
  mount.device = take_until(after, ' ');
  mount.options = take_until(after, ' ');
  return mount;
}

bool holds(std::string_view point, std::string_view path) {
  if (point == "/") return true;
  return path.starts_with(point) && (path.size() == point.size() || path[point.size()] == '/');
}

}  // namespace

std::optional<std::string> upper_folder(std::string_view mountinfo) {
  constexpr std::string_view kUpper = "upperdir=";
  while (!mountinfo.empty()) {
    const auto mount = parse(take_until(mountinfo, '\n'));
    if (!mount || mount->point != "/" || mount->fstype != "overlay") continue;
    auto options = mount->options;
    while (!options.empty()) {
      const auto option = take_until(options, ',');
      if (option.starts_with(kUpper)) return unescape_mount(option.substr(kUpper.size()));
    }
  }
  return std::nullopt;
}

std::string device_holding(std::string_view path, std::string_view mountinfo) {
  std::string device;
  std::size_t longest = 0;
  while (!mountinfo.empty()) {
    const auto mount = parse(take_until(mountinfo, '\n'));
    if (!mount || !holds(mount->point, path) || mount->point.size() < longest) continue;
    longest = mount->point.size();  // of two at one point the later covers the earlier
    device = unescape_mount(mount->device);
  }
  return device;
}

}  // namespace hakoban
