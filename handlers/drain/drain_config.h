// Settings of the drain.
#pragma once

#include <filesystem>
#include <string>

#include "core/termination/drain_policy.h"

namespace hakoban {

struct DrainConfig {
  DrainPolicy policy;
  // An AWS call that has not answered after this long is given up and tried again.
  Duration call_timeout = 4s;
  // Where the drain under way is remembered; "" remembers nothing.
  std::filesystem::path journal = "/var/lib/hakoban/drain.json";
  // Of this boot (/proc/sys/kernel/random/boot_id); "" when it cannot be read.
  std::string boot_id;
  // The ECS agent's own spot draining is on: it works beside this one.
  bool ecs_spot_draining = false;
  // Says what it would do and does nothing.
  bool dry_run = false;
};

}  // namespace hakoban
