// Names of block devices: 259:0 is "/dev/nvme0n1".
#pragma once

#include <span>

#include "core/metrics/usage.h"
#include "core/metrics/usage_families.h"
#include "platform/cgroups/host_paths.h"

namespace hakoban {

// Sees to it that `labels` knows every device in `devices`: from DEVNAME in
// sysfs/dev/block/MAJOR:MINOR/uevent, else
// "/dev/block/MAJOR:MINOR", which is a name for it as well.
void name_devices(std::span<const DeviceIo> devices, const HostPaths& paths, DeviceLabels& labels);

}  // namespace hakoban
