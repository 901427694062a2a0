// Makes one call of an AWS adapter, wired as in the agent and configured by the environment alone, and prints
// the answer as JSON. tests/interop/ judges it against AWS's look-alikes. A failure prints {"error": code,
// "what": text} and exits 1.
#include <functional>
#include <iostream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <prometheus/registry.h>

#include "platform/aws/cached_credentials.h"
#include "platform/aws/credential_sources.h"
#include "platform/aws/ecs_api.h"
#include "platform/aws/ecs_fleet_api.h"
#include "platform/aws/elb_api.h"
#include "platform/aws/s3_store.h"
#include "platform/http/curl_client.h"
#include "platform/imds/imds_client.h"

namespace hakoban {
namespace {

using nlohmann::json;
using Arguments = std::vector<std::string>;

struct Wiring {
  Environment environment = process_environment();
  AwsConfig config = aws_config(environment);
  prometheus::Registry registry;
  SystemClock clock;
  CurlClient http{{"hakoban/test", config.ca_bundle, 32, 60s}};
  ImdsClient imds{http, clock, registry, imds_config(environment)};
  CachedCredentials credentials{usual_credentials(http, imds, environment), clock, registry};
  AwsClient aws{http, credentials, clock, registry, config};
  EcsApi ecs{aws};
  EcsFleetApi fleet{aws};
  ElbApi elb{aws};
};

// A Result as the program prints it.
template <class T, class Show>
json shown(const Result<T>& result, Show show) {
  if (!result) return {{"error", name_of(result.error().code)}, {"what", result.error().what}};
  return show(*result);
}

json shown(const Result<void>& result) {
  if (!result) return {{"error", name_of(result.error().code)}, {"what", result.error().what}};
  return json::object();
}

// "id:port" each.
std::vector<TargetRef> targets_of(const std::string& group, const Arguments& names) {
  std::vector<TargetRef> targets;
  for (const auto& name : names) {
    const auto colon = name.rfind(':');
    targets.push_back(
        {group, name.substr(0, colon), static_cast<std::uint16_t>(std::stoi(name.substr(colon + 1)))});
  }
  return targets;
}

json show_tasks(const EcsBatch<EcsTask>& batch) {
  json found = json::array();
  for (const auto& task : batch.found)
    found.push_back(
        {{"arn", task.arn}, {"group", task.group}, {"status", task.last_status}, {"tags", task.tags}});
  return {{"found", found}, {"missing", batch.missing}};
}

json show_services(const EcsBatch<EcsService>& batch) {
  json found = json::array();
  for (const auto& service : batch.found) {
    json groups = json::array();
    for (const auto& balancer : service.load_balancers) groups.push_back(balancer.target_group_arn);
    found.push_back({{"name", service.name}, {"strategy", service.scheduling_strategy}, {"groups", groups}});
  }
  return {{"found", found}, {"missing", batch.missing}};
}

json show_instances(const std::vector<EcsInstance>& instances) {
  json all = json::array();
  for (const auto& one : instances)
    all.push_back({{"arn", one.arn},
                   {"ec2", one.ec2_instance_id},
                   {"status", one.status},
                   {"cpu", one.remaining.cpu_units}});
  return all;
}

json show_statuses(const std::vector<EcsServiceStatus>& services) {
  json all = json::array();
  for (const auto& one : services) all.push_back({{"name", one.name}, {"desired", one.desired}});
  return all;
}

json show_health(const std::vector<TargetHealth>& health) {
  json all = json::array();
  for (const auto& one : health)
    all.push_back({{"id", one.target_id}, {"port", one.port}, {"state", one.state}});
  return all;
}

json show_groups(const std::map<std::string, TargetGroupFacts>& groups) {
  json all = json::object();
  for (const auto& [arn, facts] : groups)
    all[arn] = {{"type", facts.target_type}, {"delay", as_seconds(facts.deregistration_delay)}};
  return all;
}

json show_definition(const EcsTaskDefinition& definition) {
  json stops = json::object();
  for (const auto& one : definition.containers)
    stops[one.name] = one.stop_timeout ? json(as_seconds(*one.stop_timeout)) : json();
  return {{"arn", definition.arn}, {"stop_timeouts", stops}};
}

using Command = std::function<json(Wiring&, const Arguments&, const Arguments& rest)>;

// `rest` are the arguments after the first.
const std::map<std::string, Command>& commands() {
  static const std::map<std::string, Command> table{
      {"tasks",
       [](auto& w, auto& a, auto& rest) { return shown(w.ecs.describe_tasks(a[0], rest, {}), show_tasks); }},
      {"task-definition",
       [](auto& w, auto& a, auto&) {
         return shown(w.ecs.describe_task_definition(a[0], {}), show_definition);
       }},
      {"services", [](auto& w, auto& a,
                      auto& rest) { return shown(w.ecs.describe_services(a[0], rest, {}), show_services); }},
      {"set-status",
       [](auto& w, auto& a, auto&) { return shown(w.ecs.set_instance_status(a[0], a[1], a[2], {})); }},
      {"status",
       [](auto& w, auto& a, auto&) {
         return shown(w.ecs.instance_status(a[0], a[1], {}),
                      [](const std::string& status) { return json(status); });
       }},
      {"stop-task", [](auto& w, auto& a, auto&) { return shown(w.ecs.stop_task(a[0], a[1], "a test", {})); }},
      {"fleet-instances",
       [](auto& w, auto& a, auto&) { return shown(w.fleet.instances(a[0], {}), show_instances); }},
      {"fleet-services",
       [](auto& w, auto& a, auto&) { return shown(w.fleet.services(a[0], 5, {}), show_statuses); }},
      {"groups", [](auto& w, auto& a, auto&) { return shown(w.elb.describe_groups(a, {}), show_groups); }},
      {"health",
       [](auto& w, auto& a, auto& rest) {
         return shown(w.elb.target_health(a[0], targets_of(a[0], rest), {}), show_health);
       }},
      {"deregister",
       [](auto& w, auto& a, auto& rest) {
         return shown(w.elb.deregister_targets(a[0], targets_of(a[0], rest), {}));
       }},
      {"put",
       [](auto& w, auto& a, auto&) {
         const std::string body{std::istreambuf_iterator<char>{std::cin}, {}};
         S3Store store{w.aws, {a[0], a[1], 60s}};
         return shown(store.put(a[2], body, {"application/x-ndjson", "gzip"}, {}));
       }},
  };
  return table;
}

}  // namespace
}  // namespace hakoban

int main(int argc, char** argv) {
  using namespace hakoban;
  const Arguments arguments{argv + 1, argv + argc};
  const auto command = arguments.empty() ? commands().end() : commands().find(arguments.front());
  if (command == commands().end() || arguments.size() < 2) {
    fmt::print(stderr, "aws_calls: needs a command and its arguments\n");
    return 2;
  }
  Wiring wiring;
  const auto answer = command->second(wiring, {arguments.begin() + 1, arguments.end()},
                                      {arguments.begin() + 2, arguments.end()});
  fmt::print("{}\n", answer.dump());
  return answer.is_object() && answer.contains("error") ? 1 : 0;
}
