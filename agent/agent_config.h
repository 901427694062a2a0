// The agent's settings: one struct a component, and the table that gives each its key, flag and environment
// name.
#pragma once

#include <string>
#include <vector>

#include "agent/log_sources.h"
#include "agent/shared_drain.h"
#include "collectors/logs/log_tailer.h"
#include "collectors/metrics/container_metrics.h"
#include "collectors/notices/notice_watcher.h"
#include "collectors/tasks/census_config.h"
#include "handlers/drain/drain_announcer.h"
#include "handlers/drain/drain_config.h"
#include "handlers/logs/log_shipper.h"
#include "handlers/logs/task_index.h"
#include "handlers/metrics/metrics_page.h"
#include "platform/aws/object_destination.h"
#include "platform/config/option_table.h"
#include "platform/ecs_introspection.h"
#include "platform/environment.h"

namespace hakoban {

struct AgentConfig {
  std::string state_directory = "/var/lib/hakoban";
  std::vector<std::string> listen_addresses = {":9420"};
  std::string web_config_file;  // "": no TLS, no authentication
  std::string telemetry_path = "/metrics";
  std::string procfs = "/proc";
  std::string sysfs = "/sys";
  std::string rootfs = "/";
  std::string docker_host;  // "": the engine's usual socket
  IntrospectionConfig introspection;
  CensusConfig census;
  std::string log_destination;  // "": a folder below the state directory
  std::string log_compression = "gzip";
  LogTailerConfig tailer;      // its folders and extension are derived from other settings
  LogSourcesConfig sources;    // so are its folders
  TaskIndexConfig task_index;  // and its
  bool index_tasks = true;
  LogShipperConfig shipper;
  S3Options s3;
  NoticesConfig notices;
  bool hold_shutdown = true;
  DrainConfig drain;
  SharedDrainSettings shared_drain;
  DrainAnnouncerConfig announcer;
  std::string local_socket;  // "": agent.sock in RUNTIME_DIRECTORY, else in the state directory
  ContainerMetricsConfig container_metrics;
  std::vector<std::string> metrics_enable;  // groups, as core/metrics/metric_groups.h names them
  std::vector<std::string> metrics_disable;
  MetricsPageConfig metrics_page;
};

// The defaults; STATE_DIRECTORY (systemd), DOCKER_HOST and ECS_CONTAINER_STOP_TIMEOUT (the ECS agent) change
// theirs.
[[nodiscard]] AgentConfig default_agent_config(const Environment& environment);

// Binds every member of `config`, which must outlive the table, and checks the environment's own names with
// it.
[[nodiscard]] OptionTable agent_options(AgentConfig& config, const Environment& environment);

}  // namespace hakoban
