// What the engine says of containers, inspected and listed.
#include <string_view>

#include "platform/docker/container_json.h"
#include "tests/fuzz/require.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};
  if (const auto container = hakoban::read_container(bytes)) hakoban::require(!container->id.empty());
  if (const auto containers = hakoban::read_container_list(bytes)) {
    for (const auto& container : *containers) hakoban::require(!container.id.empty());
  }
  return 0;
}
