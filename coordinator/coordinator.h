// hakoban-coordinator: one cluster, observed.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "coordinator/cluster_observer.h"
#include "core/result.h"
#include "platform/config/option_table.h"
#include "platform/environment.h"

namespace hakoban {

struct CoordinatorConfig {
  std::vector<std::string> listen_addresses = {":9421"};
  std::string web_config_file;  // "": no TLS, no authentication
  ObserverConfig observer;
};

// ECS_CLUSTER, as the ECS agent knows it, is the default of `cluster`.
[[nodiscard]] CoordinatorConfig default_coordinator_config(const Environment& environment);

// Binds every member of `config`, which must outlive the table.
[[nodiscard]] OptionTable coordinator_options(CoordinatorConfig& config);

// Runs until `stop`. Errors: what makes a start impossible.
[[nodiscard]] Result<void> run_coordinator(const CoordinatorConfig& config, const Environment& environment,
                                           const std::string& version, const std::stop_token& stop);

}  // namespace hakoban
