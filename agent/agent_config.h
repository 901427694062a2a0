// The agent's settings: one struct a component, and the table that gives each its key, flag and environment name.
#pragma once

#include <string>

#include "collectors/metrics/container_metrics.h"
#include "collectors/notices/notice_watcher.h"
#include "handlers/drain/drain_config.h"
#include "handlers/metrics/metrics_page.h"
#include "platform/config/option_table.h"
#include "platform/environment.h"

namespace hakoban {

struct AgentConfig {
  std::string log_level = "info";
  std::string log_format = "logfmt";
  std::string state_directory = "/var/lib/hakoban";
  std::string listen_address = ":9420";
  std::string telemetry_path = "/metrics";
  std::string procfs = "/proc";
  std::string sysfs = "/sys";
  std::string rootfs = "/";
  std::string introspection_url = "http://127.0.0.1:51678";
  NoticesConfig notices;
  DrainConfig drain;
  ContainerMetricsConfig container_metrics;
  MetricsPageConfig metrics_page;
};

// The defaults, as far as systemd's conventions (STATE_DIRECTORY) set them.
[[nodiscard]] AgentConfig default_agent_config(const Environment& environment);

// Binds every member of `config`, which must outlive the table.
[[nodiscard]] OptionTable agent_options(AgentConfig& config);

}  // namespace hakoban
