#include "coordinator/coordinator.h"

#include <algorithm>

#include <fmt/format.h>
#include <prometheus/text_serializer.h>

#include "platform/aws/cached_credentials.h"
#include "platform/aws/credential_sources.h"
#include "platform/aws/ecs_fleet_api.h"
#include "platform/http/curl_client.h"
#include "platform/http/exposition_reply.h"
#include "platform/http/http_routes.h"
#include "platform/http/http_server.h"
#include "platform/http/web_guard.h"
#include "platform/http/web_options.h"
#include "platform/imds/imds_client.h"
#include "platform/log.h"
#include "platform/program.h"
#include "platform/supervisor.h"
#include "platform/watchdog.h"

namespace hakoban {
namespace {

// On an instance metadata tells the region; on Fargate and elsewhere AWS_REGION is set.
AwsConfig aws_of(const Environment& environment, Imds& imds) {
  auto config = aws_config(environment);
  config.instance_region = [&imds] {
    const auto region = imds.get("/latest/meta-data/placement/region", {});
    return region && *region ? **region : std::string{};
  };
  return config;
}

HttpReply health_reply(const Supervisor& supervisor) {
  const auto all = supervisor.status();
  const bool healthy =
      std::all_of(all.begin(), all.end(), [](const auto& component) { return component.running; });
  HttpReply reply;
  reply.status = healthy ? 200 : 503;
  reply.content_type = "application/json";
  reply.body = healthy ? R"({"healthy":true})" : R"({"healthy":false})";
  return reply;
}

}  // namespace

CoordinatorConfig default_coordinator_config(const Environment& environment) {
  CoordinatorConfig config;
  config.observer.cluster = environment("ECS_CLUSTER").value_or("default");
  return config;
}

OptionTable coordinator_options(CoordinatorConfig& config) {
  OptionTable table;
  table.text("cluster", config.observer.cluster, "Name of the ECS cluster. ECS_CLUSTER is its default.");
  table.duration("observe.interval", config.observer.interval, 1s, 10min,
                 "Between two looks at the cluster.");
  bind_web(table, config.listen_addresses, config.web_config_file);
  return table;
}

Result<void> run_coordinator(const CoordinatorConfig& config, const Environment& environment,
                             const std::string& version, const std::stop_token& stop) {
  const SystemClock clock;
  prometheus::Registry registry;
  CurlClient http{{"hakoban/" + version, aws_config(environment).ca_bundle}};
  ImdsClient imds{http, clock, registry, imds_config(environment)};
  CachedCredentials credentials{usual_credentials(http, imds, environment), clock, registry};
  AwsClient aws{http, credentials, clock, registry, aws_of(environment, imds)};
  EcsFleetApi fleet{aws};
  ClusterObserver observer{fleet, clock, registry, config.observer};

  HttpRoutes routes;
  WebGuard web{config.web_config_file, clock, registry};
  HttpServer server{listen_addresses_of(config.listen_addresses),
                    web.guard([&](const HttpQuery& query) { return routes.answer(query); }),
                    {},
                    &web};
  Supervisor supervisor{clock, registry};
  routes.add("/metrics", [&](const HttpQuery& query) {
    return exposition_reply(query, prometheus::TextSerializer{}.Serialize(registry.Collect()));
  });
  routes.add("/healthz", [&](const HttpQuery&) { return health_reply(supervisor); });
  if (auto opened = web.open(); !opened) return opened.error().within("web.config.file");
  if (auto bound = server.bind(); !bound) return bound.error().within("web.listen_address");
  log::info("started", {{"cluster", config.observer.cluster}, {"listening", server.bound_port()}});

  supervisor.run("observer", Stage::observe, [&](const std::stop_token& s) { observer.run(s); });
  supervisor.run("web", Stage::serve, [&](const std::stop_token& s) { server.run(s); });
  notify_service_manager("READY=1");
  watch_until_stopped(clock, stop);
  notify_service_manager("STOPPING=1");
  supervisor.stop();
  log::info("stopped");
  return {};
}

}  // namespace hakoban
