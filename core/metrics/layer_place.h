// Where a container's own layer is, as its mount table says: proc(5) on /proc/[pid]/mountinfo, and the
// kernel's Documentation/filesystems/overlayfs.rst. The same for overlay2 and for containerd's overlayfs
// snapshots.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hakoban {

// The upper folder of the overlay that is mounted at "/". Nothing: its root is no overlay.
[[nodiscard]] std::optional<std::string> upper_folder(std::string_view mountinfo);

// The device of the file system that holds `path`: the mount with the longest matching mount point. "": none.
[[nodiscard]] std::string device_holding(std::string_view path, std::string_view mountinfo);

}  // namespace hakoban
