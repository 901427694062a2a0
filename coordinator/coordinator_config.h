// The coordinator's settings.
#pragma once

#include <string>
#include <vector>

#include "coordinator/decision_log.h"
#include "coordinator/departure_keeper.h"
#include "coordinator/fleet_pages.h"
#include "coordinator/host_observer.h"
#include "core/fleet/fleet_policy.h"
#include "platform/config/option_table.h"
#include "platform/environment.h"

namespace hakoban {

// "dynamodb://TABLE", "s3://BUCKET/KEY" or "file:///PATH"; all "": none is named.
struct LeasePlace {
  std::string table;
  std::string bucket;
  std::string key;
  std::string path;

  bool operator==(const LeasePlace&) const = default;
};

// Errors: invalid.
[[nodiscard]] Result<LeasePlace> parse_lease_place(std::string_view text);

struct CoordinatorConfig {
  std::vector<std::string> listen_addresses = {":9421"};
  std::string web_config_file;  // "": no TLS, no authentication
  ObserverConfig observer;
  std::vector<std::string> pools;  // as written; parsed into `observer`
  double quota_share = 0.1;
  std::string queue_url;
  std::string task_status;  // destination; "": nobody polls
  std::string lease;
  Duration lease_duration = 15s;
  DepartureConfig departures;
  std::string drain_desk_token_file;  // "": the drain desk is closed
  FleetPolicy policy;
  DecisionLogConfig decisions;
  std::string decisions_destination;  // "": in memory only
  PagesConfig pages;
};

// ECS_CLUSTER, as the ECS agent knows it, is the default of `cluster`.
[[nodiscard]] CoordinatorConfig default_coordinator_config(const Environment& environment);

// Binds every member of `config`, which must outlive the table.
[[nodiscard]] OptionTable coordinator_options(CoordinatorConfig& config);

}  // namespace hakoban
