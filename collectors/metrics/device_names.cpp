#include "collectors/metrics/device_names.h"

#include <string>

#include <fmt/format.h>

#include "core/metrics/kernel_text.h"
#include "platform/files.h"

namespace hakoban {
namespace {

std::string name_of_device(const DeviceIo& device, const HostPaths& paths) {
  const auto number = fmt::format("{}:{}", device.major, device.minor);
  const auto uevent = read_file(paths.sysfs / "dev/block" / number / "uevent");
  if (!uevent) return "/dev/block/" + number;  // a device that went away
  std::string_view rest = *uevent;
  while (!rest.empty()) {
    auto line = kernel_text::take_until(rest, '\n');
    if (kernel_text::take_until(line, '=') == "DEVNAME") return "/dev/" + std::string{line};
  }
  return "/dev/block/" + number;
}

}  // namespace

void name_devices(std::span<const DeviceIo> devices, const HostPaths& paths, DeviceLabels& labels) {
  for (const auto& device : devices) {
    if (!labels.has(device.major, device.minor))
      labels.set(device.major, device.minor, name_of_device(device, paths));
  }
}

}  // namespace hakoban
