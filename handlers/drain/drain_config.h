// Settings of the drain.
#pragma once

#include <filesystem>

#include "core/termination/drain_policy.h"

namespace hakoban {

struct DrainConfig {
  DrainPolicy policy;
  // An AWS call that has not answered after this long is given up and tried again.
  Duration call_timeout = 4s;
  // Where the drain under way is remembered; "" remembers nothing.
  std::filesystem::path journal = "/var/lib/hakoban/drain.json";
  // Says what it would do and does nothing.
  bool dry_run = false;
};

}  // namespace hakoban
