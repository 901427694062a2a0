#include "agent/agent_config.h"

#include <fmt/format.h>

#include "agent/termination_options.h"
#include "platform/aws/endpoints.h"
#include "platform/aws/object_destination.h"
#include "platform/docker/docker_endpoint.h"
#include "platform/ecs_agent_config.h"
#include "platform/http/web_options.h"

namespace hakoban {
namespace {

// Where the ECS-optimized images keep it.
constexpr const char* kEcsAgentConfig = "/etc/ecs/ecs.config";

// A text that must read as something: the reader's own error is the message.
template <class Reader>
OptionTable::Parse checked(std::string& target, Reader read) {
  return [&target, read](std::string_view value) -> Result<void> {
    if (const auto parsed = read(value); !parsed) return parsed.error();
    target = std::string{value};
    return {};
  };
}

Result<void> is_url(std::string_view value) {
  if (value.starts_with("http://") || value.starts_with("https://")) return {};
  return Error{Errc::invalid, fmt::format("'{}' is not an http:// or https:// URL", value)};
}

Result<void> is_path(std::string_view value) {
  if (value.starts_with("/")) return {};
  return Error{Errc::invalid, fmt::format("'{}' does not begin with '/'", value)};
}

void bind_host(OptionTable& table, AgentConfig& config) {
  table.custom("state_directory", config.state_directory, checked(config.state_directory, is_path),
               "Folder for log cursors and the journal of a drain.");
  bind_web(table, config.listen_addresses, config.web_config_file);
  table.custom("web.telemetry_path", config.telemetry_path, checked(config.telemetry_path, is_path),
               "Path of the metrics.");
  table.custom("path.procfs", config.procfs, checked(config.procfs, is_path),
               "Mount point of the host's procfs.");
  table.custom("path.sysfs", config.sysfs, checked(config.sysfs, is_path),
               "Mount point of the host's sysfs.");
  table.custom("path.rootfs", config.rootfs, checked(config.rootfs, is_path),
               "What stands in front of the log paths that the Docker engine names.");
  table.custom("docker.host", config.docker_host, checked(config.docker_host, parse_docker_host),
               "The Docker engine, such as unix:///var/run/docker.sock. DOCKER_HOST is its default.");
}

void bind_census(OptionTable& table, AgentConfig& config) {
  table.custom("ecs.introspection_url", config.introspection.url, checked(config.introspection.url, is_url),
               "The ECS agent's introspection.");
  table.duration("ecs.introspection_interval", config.census.introspection_interval, 1s, 5min,
                 "Between two reads of the ECS agent's introspection.");
  table.duration("ecs.task_interval", config.census.task_interval, 10s, 1h,
                 "Between two DescribeTasks of tasks that are known already.");
  table.duration("ecs.service_interval", config.census.service_interval, 5s, 1h,
                 "Between two reads of the services of the tasks here.");
  table.duration("ecs.target_group_interval", config.census.target_group_interval, 5s, 24h,
                 "Between two reads of these services' target groups.");
  table.duration("docker.relist_interval", config.census.relist_interval, 5s, 1h,
                 "Between two full lists of containers, in case an event was missed.");
}

void bind_logs(OptionTable& table, AgentConfig& config) {
  table.custom("logs.destination", config.log_destination,
               checked(config.log_destination, parse_object_destination),
               "s3://BUCKET/PREFIX or file:///FOLDER; empty: the folder log-objects in the state directory.");
  table.choice("logs.compression", config.log_compression, {"gzip", "zstd"}, "Codec of objects.");
  table.duration("logs.max_age", config.tailer.max_age, 1s, 1h,
                 "Age of the oldest record that waits for its object.");
  table.bytes("logs.max_bytes", config.tailer.max_bytes, 64 << 10, 256 << 20,
              "Size of an object before compression.");
  table.duration(
      "logs.quiet_max_age", config.tailer.quiet_max_age, 0s, 24h,
      "Age instead of logs.max_age for containers that wrote little; objects cost money. 0s: the same.");
  table.bytes("logs.quiet_bytes", config.tailer.quiet_bytes, 0, 256 << 20,
              "What counts as little for logs.quiet_max_age.");
  table.bytes("logs.longest_line", config.tailer.longest_line, 64 << 10, 16 << 20,
              "A line is put together again of Docker's pieces of 16 KiB up to this size; then it is cut, "
              "and marked.");
  table.duration("logs.identity_wait", config.tailer.identity_wait, 0s, 1h,
                 "How long a task's log waits for ECS to tell its service, before its family stands for it.");
  table.duration("logs.exit_grace", config.tailer.exit_grace, 0s, 5min,
                 "How long Docker may still write after a container ended.");
  table.number("logs.uploaders", config.shipper.uploaders, 1, 64, "Objects under way at a time.");
  table.number("logs.uploaders_in_hurry", config.shipper.uploaders_in_hurry, 1, 256,
               "Objects under way at a time before a deadline.");
  table.number("logs.compression_level", config.shipper.compression_level, 1, 12, "1 fastest, 12 smallest.");
  table.bytes("logs.memory", config.shipper.memory_bytes, 4 << 20, 4ULL << 30,
              "Of objects under way, at most; when it is used up, reading waits.");
  table.duration("logs.stop_budget", config.shipper.stop_budget, 0s, 5min,
                 "Time to ship what is there when asked to stop.");
  table.flag("logs.task_index", config.index_tasks,
             "Put an object for each task, _tasks/TASK_ID/task.json, by which its logs are found again.");
  bind_log_sources(table, config.sources);
}

void bind_s3(OptionTable& table, AgentConfig& config) {
  auto& s3 = config.s3;
  table.custom("logs.s3_endpoint_url", s3.endpoint_url, checked(s3.endpoint_url, is_url),
               "Another endpoint than AWS's; AWS_ENDPOINT_URL_S3 says the same.");
  table.choice("logs.s3_path_style", s3.path_style, {"auto", "on", "off"},
               "The bucket in the path; auto: at other endpoints, and for buckets with dots in their name.");
  table.text("logs.s3_storage_class", s3.storage_class,
             "Of objects, such as STANDARD_IA; empty: the bucket's.");
  table.choice("logs.s3_encryption", s3.encryption, {"", "AES256", "aws:kms", "aws:kms:dsse"},
               "By the server; empty: the bucket's.");
  table.text("logs.s3_kms_key_id", s3.kms_key_id, "For aws:kms; empty: the account's key for S3.");
}

// Takes in which groups are asked for: the defaults, what is enabled, less what is disabled.
std::vector<std::string> choose_groups(AgentConfig& config) {
  std::vector<std::string> problems;
  MetricGroups groups;
  if (auto set = groups.set(config.metrics_enable, true); !set)
    problems.push_back("metrics.enable: " + set.error().what);
  if (auto set = groups.set(config.metrics_disable, false); !set)
    problems.push_back("metrics.disable: " + set.error().what);
  config.container_metrics.groups = groups;
  return problems;
}

void bind_metrics(OptionTable& table, AgentConfig& config) {
  auto& containers = config.container_metrics;
  table.list("metrics.enable", config.metrics_enable,
             "Groups of families that are off by default: netstat, tcp, udp, fds, hugetlb.");
  table.list(
      "metrics.disable", config.metrics_disable,
      "Groups of families that are on by default: percpu, pressure, diskIO, disk, network, process, host.");
  table.list("metrics.container_labels", containers.labels.container_labels,
             "Docker labels that become container_label_*.");
  table.list("metrics.sidecars", containers.labels.sidecars,
             "Containers that are no app, by name in the task definition; NAME* matches any ending.");
  table.duration("metrics.keep_finished", containers.ledger.keep_finished, 0s, 24h,
                 "How long a finished task is told of.");
  table.duration("metrics.identity_wait", containers.ledger.identity_wait, 0s, 10min,
                 "How long a task waits for ECS to tell its service, before it counts without one.");
  table.duration("metrics.disk_interval", containers.layers.interval, 10s, 24h,
                 "Between two walks over the files of one container's own layer, for its size.");
  table.check([&config] { return choose_groups(config); });
  table.duration("metrics.source_timeout", config.metrics_page.source_timeout, 100ms, 1min,
                 "A slower source is left out of the page.");
}

// Durations in ECS's own configuration are Go's: "30s", "2m". A wrong one is the ECS agent's to complain
// about.
void obey_ecs_stop_timeout(std::string_view text, DrainPolicy& policy) {
  if (const auto timeout = parse_duration(text)) policy.default_stop_timeout = *timeout;
}

// What the ECS agent on this host was told is the default of what we are told.
void obey_ecs_agent(const Environment& environment, DrainConfig& drain) {
  const auto told =
      read_ecs_agent_config(environment("ECS_AGENT_CONFIG_FILE_PATH").value_or(kEcsAgentConfig));
  drain.ecs_spot_draining = drains_on_spot_notice(told);
  constexpr const char* kStopTimeout = "ECS_CONTAINER_STOP_TIMEOUT";
  if (const auto found = told.find(kStopTimeout); found != told.end())
    obey_ecs_stop_timeout(found->second, drain.policy);
  if (const auto text = environment(kStopTimeout)) obey_ecs_stop_timeout(*text, drain.policy);
}

// What AWS's and Docker's own variables say is checked with the rest.
std::vector<std::string> problems_of_environment(const AgentConfig& config, const AwsConfig& aws) {
  std::vector<std::string> problems;
  if (const auto host = parse_docker_host(config.docker_host); !host)
    problems.push_back("DOCKER_HOST: " + host.error().what);
  if (aws.region.empty()) return problems;  // the instance's own will be asked
  for (const auto service : {AwsService::ecs, AwsService::elb_v2, AwsService::s3}) {
    if (const auto endpoint = resolve(aws, service); !endpoint)
      problems.push_back(fmt::format("environment: AWS {}: {}", name_of(service), endpoint.error().what));
  }
  return problems;
}

}  // namespace

AgentConfig default_agent_config(const Environment& environment) {
  AgentConfig config;
  config.state_directory = environment("STATE_DIRECTORY").value_or("/var/lib/hakoban");
  config.docker_host = environment("DOCKER_HOST").value_or("");
  obey_ecs_agent(environment, config.drain);
  if (const auto folder = environment("RUNTIME_DIRECTORY")) config.local_socket = *folder + "/agent.sock";
  return config;
}

OptionTable agent_options(AgentConfig& config, const Environment& environment) {
  OptionTable table;
  bind_host(table, config);
  bind_census(table, config);
  bind_logs(table, config);
  bind_s3(table, config);
  bind_termination(table, config);
  bind_metrics(table, config);
  table.check([&config] { return problems_of(config.sources); });
  table.check([&config, aws = aws_config(environment)] { return problems_of_environment(config, aws); });
  return table;
}

}  // namespace hakoban
