// Where the host's own file systems are seen from here: different when the agent runs in a container.
#pragma once

#include <filesystem>

namespace hakoban {

struct HostPaths {
  std::filesystem::path procfs = "/proc";
  std::filesystem::path sysfs = "/sys";
};

}  // namespace hakoban
