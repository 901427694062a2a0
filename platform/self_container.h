// Which container this process runs in, if any.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace hakoban {

// The full id (64 hex digits) of the Docker container around this process; nothing outside one. Reads
// <procfs>/self/cgroup (cgroup v1, and v2 without a cgroup namespace), then <procfs>/self/mountinfo, where
// Docker's bind mounts of /etc/hostname, /etc/hosts and /etc/resolv.conf name the container's folder. Give
// the process's own /proc, not the host's: it is "self" that is asked for.
[[nodiscard]] std::optional<std::string> own_container_id(const std::filesystem::path& procfs = "/proc");

}  // namespace hakoban
