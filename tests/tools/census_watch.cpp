// Prints each host view as one line of JSON: census_watch [--seconds N]. Obeys DOCKER_HOST,
// ECS_INTROSPECTION_URL and what AWS clients obey. For people, and for tests that want to see what the agent
// would see.
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <thread>

#include <nlohmann/json.hpp>
#include <prometheus/registry.h>

#include "collectors/tasks/task_census.h"
#include "platform/clock.h"
#include "platform/docker/docker_client.h"
#include "platform/environment.h"
#include "platform/http/curl_client.h"
#include "platform/imds/imds_client.h"
#include "platform/self_container.h"

namespace hakoban {
namespace {

// Docker, the agent and metadata only: the APIs are left to programs that have credentials.
class NoApis final : public EcsDirectory, public LoadBalancers {
 public:
  [[nodiscard]] Result<EcsBatch<EcsTask>> describe_tasks(const std::string&, std::span<const std::string>,
                                                         const std::stop_token&) override {
    return none();
  }
  [[nodiscard]] Result<EcsTaskDefinition> describe_task_definition(const std::string&,
                                                                   const std::stop_token&) override {
    return none();
  }
  [[nodiscard]] Result<EcsBatch<EcsService>> describe_services(const std::string&,
                                                               std::span<const std::string>,
                                                               const std::stop_token&) override {
    return none();
  }
  [[nodiscard]] Result<std::map<std::string, TargetGroupFacts>> describe_groups(
      std::span<const std::string>, const std::stop_token&) override {
    return none();
  }
  [[nodiscard]] Result<std::vector<TargetHealth>> target_health(const std::string&,
                                                                std::span<const TargetRef>,
                                                                const std::stop_token&) override {
    return none();
  }
  [[nodiscard]] Result<void> deregister_targets(const std::string&, std::span<const TargetRef>,
                                                const std::stop_token&) override {
    return none();
  }

 private:
  static Error none() { return Error{Errc::unavailable, "not asked by this tool"}; }
};

nlohmann::json shown(const ContainerView& it) {
  nlohmann::json ports = nlohmann::json::array();
  for (const auto& port : it.ports) ports.push_back({port.container_port, port.host_port, port.protocol});
  nlohmann::json container{{"id", it.id.substr(0, 12)},
                           {"name", it.name},
                           {"state", name_of(it.state)},
                           {"pid", it.pid},
                           {"ecs_name", it.ecs_name},
                           {"cgroup_parent", it.cgroup_parent},
                           {"log_path", it.log_path},
                           {"ip", it.ip_address},
                           {"ports", ports}};
  if (it.exit_code) container["exit_code"] = *it.exit_code;
  if (it.oom_killed) container["oom_killed"] = true;
  return container;
}

nlohmann::json shown(const HostView& view) {
  nlohmann::json tasks = nlohmann::json::array();
  for (const auto& task : view.tasks) {
    nlohmann::json containers = nlohmann::json::array();
    for (const auto& container : task.containers) containers.push_back(shown(container));
    tasks.push_back({{"id", task.id},
                     {"family", task.family},
                     {"revision", task.revision},
                     {"cluster", task.cluster},
                     {"kind", name_of(task.kind)},
                     {"last_status", task.last_status},
                     {"desired_status", task.desired_status},
                     {"containers", containers}});
  }
  nlohmann::json others = nlohmann::json::array();
  for (const auto& container : view.other_containers) others.push_back(shown(container));
  return {{"generation", view.generation},
          {"containers_known", view.containers_known},
          {"instance", view.ec2.instance_id},
          {"cluster", view.ecs.cluster},
          {"tasks", tasks},
          {"others", others}};
}

std::string env_or(const Environment& environment, const char* name, const char* otherwise) {
  return environment(name).value_or(otherwise);
}

int watch(Duration limit) {
  const auto environment = process_environment();
  const auto endpoint = parse_docker_host(env_or(environment, "DOCKER_HOST", ""));
  if (!endpoint) {
    std::cerr << endpoint.error().what << "\n";
    return 1;
  }
  CurlClient http;
  SystemClock clock;
  prometheus::Registry registry;
  DockerClient docker{http, *endpoint};
  EcsIntrospectionClient agent{http,
                               {env_or(environment, "ECS_INTROSPECTION_URL", "http://127.0.0.1:51678")}};
  ImdsClient imds{http, clock, registry, imds_config(environment)};
  NoApis apis;
  Latest<HostView> views;
  TaskCensus census{{docker, agent, apis, apis, imds, clock, system_random(), views},
                    {},
                    own_container_id().value_or(""),
                    registry};
  const std::jthread thread{[&](const std::stop_token& stop) { census.run(stop); }};
  const auto end = clock.steady() + limit;
  for (std::uint64_t seen = 0; clock.steady() < end;) {
    const auto version = views.wait_newer(seen, end - clock.steady(), {});
    if (version == seen) break;
    seen = version;
    auto line = shown(*views.get());
    line["at"] = format_rfc3339(clock.now());
    std::cout << line.dump() << std::endl;
  }
  return 0;
}

}  // namespace
}  // namespace hakoban

int main(int argc, char** argv) {
  const bool limited = argc == 3 && std::string_view{argv[1]} == "--seconds";
  return hakoban::watch(limited ? std::chrono::seconds{std::atoi(argv[2])} : std::chrono::hours{24});
}
