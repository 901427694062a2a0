// hakoban-coordinator: one cluster, observed and sized.
#pragma once

#include <stop_token>
#include <string>

#include "coordinator/coordinator_config.h"
#include "core/result.h"
#include "platform/environment.h"

namespace hakoban {

struct CoordinatorStart {
  CoordinatorConfig config;
  Environment environment;
  std::string version;
  bool dry_run = false;
};

// Runs until `stop`. Errors: what makes a start impossible.
[[nodiscard]] Result<void> run_coordinator(const CoordinatorStart& start, const std::stop_token& stop);

}  // namespace hakoban
