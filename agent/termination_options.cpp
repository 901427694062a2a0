#include "agent/termination_options.h"

#include <algorithm>

#include <fmt/format.h>

namespace hakoban {
namespace {

// "ignore", "mark" or "drain".
OptionTable::Parse manner(Manner& target) {
  return [&target](std::string_view value) -> Result<void> {
    const auto read = parse_manner(value);
    if (!read) return read.error();
    target = *read;
    return {};
  };
}

// "instance-reboot=drain,system-maintenance=ignore,other=mark": changes what it names.
OptionTable::Parse maintenance(NoticePolicy& policy) {
  return [&policy](std::string_view value) -> Result<void> {
    while (!value.empty()) {
      const auto comma = std::min(value.find(','), value.size());
      const std::string_view entry = value.substr(0, comma);
      value.remove_prefix(std::min(comma + 1, value.size()));
      const auto equals = entry.find('=');
      if (equals == std::string_view::npos || equals == 0)
        return Error{Errc::invalid, fmt::format("'{}' is not CODE=ignore|mark|drain", entry)};
      const auto read = parse_manner(entry.substr(equals + 1));
      if (!read) return read.error();
      const std::string code{entry.substr(0, equals)};
      (code == "other" ? policy.other_maintenance : policy.maintenance[code]) = *read;
    }
    return {};
  };
}

void bind_notices(OptionTable& table, AgentConfig& config) {
  auto& policy = config.drain.policy.notices;
  table.duration("notices.poll_interval", config.notices.poll_interval, 100ms, 1min,
                 "Between two looks for notices in instance metadata.");
  table.custom("notices.rebalance", "ignore", manner(policy.rebalance),
               "What a rebalance recommendation means: ignore, mark (DRAINING, nothing is stopped) or drain "
               "(gently).");
  table.custom("notices.maintenance",
               "instance-reboot=drain,instance-retirement=drain,instance-stop=drain,other=mark,"
               "system-maintenance=mark,system-reboot=drain",
               maintenance(policy),
               "What scheduled events mean, by code: CODE=ignore|mark|drain, separated by commas; those not "
               "named keep "
               "their default.");
  table.flag("notices.host_shutdown", config.hold_shutdown,
             "Hold a shutdown of the host back (systemd-logind's inhibitor) until its tasks have left.");
}

void bind_budgets(OptionTable& table, AgentConfig& config) {
  auto& policy = config.drain.policy.notices;
  table.duration("drain.maintenance_lead", policy.maintenance_lead, 1min, 24h,
                 "How long before its NotBefore a scheduled event's drain begins.");
  table.duration("drain.lifecycle_budget", policy.lifecycle_budget, 1min, 48h,
                 "Time of a drain while a lifecycle hook of the Auto Scaling group holds the instance.");
  table.duration("drain.rebalance_budget", policy.rebalance_budget, 1min, 24h,
                 "Time of a drain for a rebalance recommendation.");
  table.duration("drain.operator_budget", policy.operator_budget, 1min, 48h,
                 "Time of a drain that an operator asked for without a deadline.");
}

void bind_drain(OptionTable& table, AgentConfig& config) {
  auto& policy = config.drain.policy;
  table.duration("drain.log_reserve", policy.log_reserve, 0s, 10min,
                 "Kept free before the deadline to ship the logs of stopped tasks.");
  table.duration("drain.margin", policy.margin, 0s, 10min,
                 "Kept free on top, for slow answers and clocks that differ.");
  table.duration(
      "drain.default_stop_timeout", policy.default_stop_timeout, 1s, 1h,
      "Stop timeout of a container whose task definition names none; ECS_CONTAINER_STOP_TIMEOUT, in the "
      "environment or the ECS agent's own configuration, is its default.");
  table.duration("drain.service_grace", policy.service_grace, 0s, 10min,
                 "How long a service task behind no load balancer runs on after DRAINING.");
  table.duration("drain.discovery_grace", policy.discovery_grace, 0s, 10min,
                 "How long a task runs on after it left service discovery: the TTL of its records.");
  table.duration(
      "drain.health_poll", policy.polls.first, 200ms, 1min,
      "From a deregistration to the first look at the health of its targets; later looks are rarer.");
  table.duration("drain.call_timeout", config.drain.call_timeout, 500ms, 1min,
                 "Time limit of one AWS call of a drain.");
  table.text("drain.coordinator", config.shared_drain.coordinator,
             "URL of the coordinator, such as http://coordinator.internal:9421, which makes few calls of "
             "many draining "
             "hosts'. Empty, or out of reach: this host calls AWS itself.");
  table.text("drain.coordinator_token_file", config.shared_drain.token_file,
             "File whose first line is the token that the coordinator's drain desk asks for.");
  table.list("drain.lifecycle_hooks", policy.lifecycle_hooks,
             "The Auto Scaling group's lifecycle hooks that the agent renews and completes. Empty: the only "
             "one that "
             "is not ECS's own.");
  table.text("drain.notify_signal", policy.notify_signal,
             "Sent to the containers of tasks labelled or tagged hakoban.on-interruption=notify.");
  table.text("drain.announce_topic", config.announcer.topic_arn,
             "ARN of an SNS topic that is told when a drain begins and ends; empty: none.");
  table.text("drain.announce_webhook", config.announcer.webhook_url,
             "URL that gets the same as a JSON POST; empty: none. It is never logged.");
}

}  // namespace

void bind_termination(OptionTable& table, AgentConfig& config) {
  bind_notices(table, config);
  bind_budgets(table, config);
  bind_drain(table, config);
  table.text("local_socket", config.local_socket,
             "Unix socket of the operator's command (hakoban drain); empty: agent.sock in RUNTIME_DIRECTORY, "
             "else in "
             "the state directory.");
}

}  // namespace hakoban
