#include "coordinator/coordinator_config.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "coordinator/policy_options.h"
#include "platform/aws/object_destination.h"
#include "platform/http/web_options.h"

namespace hakoban {
namespace {

// Takes a text that `parse` accepts, or nothing.
template <class Parse>
OptionTable::Parse checked(std::string& target, Parse parse) {
  return [&target, parse](std::string_view value) -> Result<void> {
    if (!value.empty())
      if (const auto parsed = parse(value); !parsed) return parsed.error();
    target = value;
    return {};
  };
}

Result<std::string> parse_queue_url(std::string_view text) {
  const bool url = text.starts_with("https://") || text.starts_with("http://");
  if (!url || text.find_first_of(" \t\r\n") != std::string_view::npos)
    return Error{Errc::invalid, fmt::format("'{}' is no queue's URL", text)};
  return std::string{text};
}

std::vector<std::string> read_pools(CoordinatorConfig& config) {
  std::vector<std::string> problems;
  std::set<std::string> names;
  config.observer.pools.clear();
  for (const auto& text : config.pools) {
    const auto pool = parse_pool_name(text);
    if (!pool)
      problems.push_back("pools: " + pool.error().what);
    else if (!names.insert(pool->name).second)
      problems.push_back(fmt::format("pools: {} stands there twice", pool->name));
    else
      config.observer.pools.push_back(*pool);
  }
  return problems;
}

void add_places(OptionTable& table, CoordinatorConfig& config) {
  table.custom("queue.url", config.queue_url, checked(config.queue_url, parse_queue_url),
               "URL of the SQS queue with hako's notices and EventBridge's events. One queue a cluster.");
  table.custom("task_status.destination", config.task_status,
               checked(config.task_status, parse_object_destination),
               "s3://BUCKET/PREFIX where started.json and stopped.json of each task go, for hako oneshot.");
  table.custom(
      "decisions.destination", config.decisions_destination,
      checked(config.decisions_destination, parse_object_destination),
      "s3://BUCKET/PREFIX or file:///FOLDER where the records of decisions go; empty: in memory only.");
  table.custom(
      "lease.store", config.lease, checked(config.lease, parse_lease_place),
      "dynamodb://TABLE (partition key: the string `cluster`), s3://BUCKET/KEY or file:///PATH: of several "
      "coordinators of a cluster one acts. Without it this one does.");
  table.duration("lease.duration", config.lease_duration, 3s, 5min,
                 "A coordinator that has died is followed after so long.");
}

void add_departures(OptionTable& table, CoordinatorConfig& config) {
  auto& policy = config.departures.policy;
  table.duration("departures.spot_grace", policy.spot_grace, 1s, 90s,
                 "A host's own agent has so long to set it DRAINING after a spot warning.");
  table.duration("departures.hook_grace", policy.hook_grace, 1s, 1h,
                 "And so long to complete its lifecycle hook once nothing runs there.");
  table.duration("departures.drain_timeout", policy.drain_timeout, 1min, 48h,
                 "A host held by its lifecycle hook is let go after so long, whatever runs there.");
  table.text(
      "drain_desk.token_file", config.drain_desk_token_file,
      "File whose first line is the token that agents show to have a drain's calls made here, one for many "
      "hosts (drain.coordinator of the agent). Empty: nothing is taken.");
  table.text(
      "departures.hook", config.departures.hook,
      "The lifecycle hook that is completed for hosts without an agent. Needed where a group has several.");
}

}  // namespace

Result<LeasePlace> parse_lease_place(std::string_view text) {
  constexpr std::string_view kDynamo = "dynamodb://";
  if (text.starts_with(kDynamo) && text.size() > kDynamo.size())
    return LeasePlace{std::string{text.substr(kDynamo.size())}, {}, {}, {}};
  const auto place = parse_object_destination(text);
  if (place && !place->bucket.empty() && !place->prefix.empty())
    return LeasePlace{{}, place->bucket, place->prefix, {}};
  if (place && place->folder.has_filename()) return LeasePlace{{}, {}, {}, place->folder.string()};
  return Error{Errc::invalid,
               fmt::format("'{}' is not dynamodb://TABLE, s3://BUCKET/KEY or file:///PATH", text)};
}

CoordinatorConfig default_coordinator_config(const Environment& environment) {
  CoordinatorConfig config;
  config.observer.cluster = environment("ECS_CLUSTER").value_or("default");
  return config;
}

OptionTable coordinator_options(CoordinatorConfig& config) {
  OptionTable table;
  table.text("cluster", config.observer.cluster, "Name of the ECS cluster. ECS_CLUSTER is its default.");
  table.list("pools", config.pools,
             "What feeds the cluster, in the order in which it is to grow: names of Auto Scaling groups, "
             "request ids "
             "of Spot Fleets (sfr-…). Without any the coordinator only observes.");
  table.duration("observe.interval", config.observer.interval, 1s, 10min,
                 "Between two looks at container instances and pools.");
  table.duration("observe.services_interval", config.observer.services_interval, 1s, 10min,
                 "Between two looks at services.");
  table.real(
      "aws.quota_share", config.quota_share, 0.01, 1.0,
      "Share of the account's API quotas that this coordinator may use; looks take longer when it is small.");
  add_places(table, config);
  add_decision_options(table, config.decisions);
  add_departures(table, config);
  add_policy_options(table, config.policy);
  table.number("sd.agent_port", config.pages.agent_port, 1, 65535,
               "Where hakoban-agent serves its metrics on each host: /sd tells Prometheus so.");
  bind_web(table, config.listen_addresses, config.web_config_file);
  table.check([&config] { return read_pools(config); });
  return table;
}

}  // namespace hakoban
