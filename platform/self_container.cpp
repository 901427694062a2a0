#include "platform/self_container.h"

#include <algorithm>
#include <string_view>

#include "platform/files.h"

namespace hakoban {
namespace {

constexpr std::size_t kIdLength = 64;

bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

// 64 hex digits at the front of `text`, and then something else or the end.
std::optional<std::string> id_at_front(std::string_view text) {
  if (text.size() < kIdLength || (text.size() > kIdLength && is_hex(text[kIdLength]))) return std::nullopt;
  const auto id = text.substr(0, kIdLength);
  if (!std::all_of(id.begin(), id.end(), is_hex)) return std::nullopt;
  return std::string{id};
}

template <class Visit>
std::optional<std::string> first_in_lines(std::string_view text, Visit visit) {
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    if (auto found = visit(text.substr(0, end))) return found;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return std::nullopt;
}

// "5:memory:/docker/<id>", "5:memory:/ecs/<task>/<id>", "0::/system.slice/docker-<id>.scope".
std::optional<std::string> id_in_cgroup(std::string_view line) {
  auto last = line.substr(line.rfind('/') + 1);
  if (last.starts_with("docker-")) last.remove_prefix(std::string_view{"docker-"}.size());
  return id_at_front(last);
}

// "… /var/lib/docker/containers/<id>/hostname /etc/hostname rw …": whatever the data folder is.
std::optional<std::string> id_in_mount(std::string_view line) {
  const bool docker_file = line.find(" /etc/hostname ") != std::string_view::npos ||
                           line.find(" /etc/hosts ") != std::string_view::npos ||
                           line.find(" /etc/resolv.conf ") != std::string_view::npos;
  constexpr std::string_view kFolder = "/containers/";
  const auto folder = line.find(kFolder);
  if (!docker_file || folder == std::string_view::npos) return std::nullopt;
  return id_at_front(line.substr(folder + kFolder.size()));
}

}  // namespace

std::optional<std::string> own_container_id(const std::filesystem::path& procfs) {
  if (const auto cgroup = read_file(procfs / "self/cgroup")) {
    if (auto id = first_in_lines(*cgroup, id_in_cgroup)) return id;
  }
  if (const auto mounts = read_file(procfs / "self/mountinfo")) return first_in_lines(*mounts, id_in_mount);
  return std::nullopt;
}

}  // namespace hakoban
