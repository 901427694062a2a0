#include "coordinator/coordinator.h"

#include <algorithm>
#include <memory>
#include <unistd.h>

#include <fmt/format.h>
#include <prometheus/text_serializer.h>

#include "coordinator/drain_desk.h"
#include "coordinator/fleet_pages.h"
#include "coordinator/queue_reader.h"
#include "coordinator/service_observer.h"
#include "coordinator/sizer.h"
#include "platform/aws/cached_credentials.h"
#include "platform/aws/call_budget.h"
#include "platform/aws/credential_sources.h"
#include "platform/aws/dynamo_lease_store.h"
#include "platform/aws/ec2_catalog_api.h"
#include "platform/aws/ecs_api.h"
#include "platform/aws/ecs_fleet_api.h"
#include "platform/aws/ecs_placement_api.h"
#include "platform/aws/elb_api.h"
#include "platform/aws/object_destination.h"
#include "platform/aws/s3_lease_store.h"
#include "platform/aws/scaling_groups_api.h"
#include "platform/aws/spot_fleets_api.h"
#include "platform/aws/sqs_api.h"
#include "platform/drain_desk.h"
#include "platform/file_lease_store.h"
#include "platform/http/curl_client.h"
#include "platform/http/exposition_reply.h"
#include "platform/http/http_routes.h"
#include "platform/http/http_server.h"
#include "platform/http/web_guard.h"
#include "platform/http/web_options.h"
#include "platform/imds/imds_client.h"
#include "platform/log.h"
#include "platform/program.h"
#include "platform/random.h"
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

// What changes things is decided anew a second later: it need not be tried for long.
AwsRetryPolicy acting_policy() {
  AwsRetryPolicy policy;
  policy.attempts = 2;
  policy.timeout = 5s;
  return policy;
}

// Another one at each start, so that a lease that a crash left behind is not taken for ours.
std::string own_name() {
  char host[256] = "";
  if (::gethostname(host, sizeof host - 1) != 0) host[0] = 0;
  const auto chance = static_cast<unsigned>(system_random()() * 4294967295.0);
  return fmt::format("{}-{}-{:08x}", host, ::getpid(), chance);
}

std::unique_ptr<LeaseStore> open_lease(const CoordinatorConfig& config, AwsClient& aws) {
  if (config.lease.empty()) return nullptr;
  const auto place = *parse_lease_place(config.lease);
  const auto policy = AwsRetryPolicy::none(LeaseConfig{"", config.lease_duration}.call_timeout());
  if (!place.table.empty())
    return std::make_unique<DynamoLeaseStore>(aws, place.table, config.observer.cluster, policy);
  if (!place.bucket.empty()) return std::make_unique<S3LeaseStore>(aws, place.bucket, place.key, policy);
  return std::make_unique<FileLeaseStore>(place.path);
}

// "": null.
std::unique_ptr<ObjectStore> open_objects(const std::string& destination, AwsClient& aws) {
  if (destination.empty()) return nullptr;
  return open_store(*parse_object_destination(destination), aws);
}

QueueReaderConfig reader_config(const CoordinatorConfig& config) {
  QueueReaderConfig made;
  made.cluster = config.observer.cluster;
  for (const auto& pool : config.observer.pools) made.pools.insert(pool.name);
  made.job_silence = config.policy.job_silence;
  made.notice = config.departures.policy.notice;
  return made;
}

DepartureConfig departure_config(const CoordinatorStart& start) {
  auto config = start.config.departures;
  config.dry_run = start.dry_run;
  return config;
}

// Hundreds of draining hosts keep a connection each.
HttpServerConfig web_limits() {
  HttpServerConfig limits;
  limits.max_connections = 2048;
  return limits;
}

DrainDeskSettings desk_settings(const CoordinatorConfig& config) {
  DrainDeskSettings settings;
  settings.cluster = config.observer.cluster;
  if (config.drain_desk_token_file.empty()) return settings;
  const auto token = read_desk_token(config.drain_desk_token_file);
  if (token) settings.token = *token;
  if (!token) log::warn("the drain desk stays closed: no token", {{"error", token.error()}});
  return settings;
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

// What speaks to AWS.
struct Outside {
  Outside(const CoordinatorStart& start, const Clock& clock, prometheus::Registry& registry)
      : http({"hakoban/" + start.version, aws_config(start.environment).ca_bundle}),
        imds(http, clock, registry, imds_config(start.environment)),
        credentials(usual_credentials(http, imds, start.environment), clock, registry),
        budget(clock, registry, start.config.quota_share),
        aws(http, credentials, clock, registry, aws_of(start.environment, imds), system_random(), &budget),
        ecs(aws),
        placement(aws),
        ec2(aws),
        acting_ecs(aws, acting_policy()),
        acting_control(aws, acting_policy()),
        acting_placement(aws, acting_policy()),
        groups(aws, acting_policy()),
        fleets(aws, acting_policy()),
        desk_aws(http, credentials, clock, registry, aws_of(start.environment, imds)),
        desk_placement(desk_aws, AwsRetryPolicy::none(5s)),
        desk_balancers(desk_aws, AwsRetryPolicy::none(5s)),
        queue(aws, start.config.queue_url),
        lease_store(open_lease(start.config, aws)),
        statuses(open_objects(start.config.task_status, aws)),
        records(open_objects(start.config.decisions_destination, aws)) {}

  CurlClient http;
  ImdsClient imds;
  CachedCredentials credentials;
  CallBudget budget;
  AwsClient aws;
  EcsFleetApi ecs;
  EcsPlacementApi placement;
  Ec2CatalogApi ec2;
  EcsFleetApi acting_ecs;
  EcsApi acting_control;
  EcsPlacementApi acting_placement;
  ScalingGroupsApi groups;
  SpotFleetsApi fleets;
  // Of draining hosts, which have two minutes: they do not wait behind what observes.
  AwsClient desk_aws;
  EcsPlacementApi desk_placement;
  ElbApi desk_balancers;
  SqsApi queue;
  std::unique_ptr<LeaseStore> lease_store;  // null: no lease
  std::unique_ptr<ObjectStore> statuses;    // null: nobody polls them
  std::unique_ptr<ObjectStore> records;     // null: decisions are kept in memory only
};

class Coordinator {
 public:
  explicit Coordinator(const CoordinatorStart& start)
      : config_(start.config),
        dry_run_(start.dry_run),
        name_(own_name()),
        outside_(start, clock_, registry_),
        board_(config_.observer.cluster, clock_),
        lease_(outside_.lease_store.get(), clock_, registry_, {name_, config_.lease_duration}),
        needs_(outside_.placement, clock_),
        hosts_({outside_.ecs, outside_.placement, outside_.groups, outside_.fleets, outside_.ec2, needs_,
                clock_, board_},
               config_.observer, registry_),
        services_({outside_.ecs, needs_, clock_, board_}, config_.observer.cluster,
                  config_.observer.services_interval, registry_),
        actor_({outside_.acting_ecs, outside_.acting_placement, outside_.groups, outside_.fleets, clock_,
                board_},
               config_.observer.cluster, dry_run_, registry_),
        departures_(
            {outside_.acting_placement, outside_.acting_control, outside_.groups, lease_, clock_, board_},
            config_.observer.cluster, departure_config(start), registry_),
        gauges_(registry_),
        desk_(outside_.desk_placement, outside_.desk_balancers, clock_, registry_, desk_settings(config_)),
        decisions_(outside_.records.get(), clock_, registry_, config_.decisions),
        sizer_({board_, actor_, lease_, decisions_, views_, gauges_, clock_},
               {config_.policy, dry_run_, name_}),
        web_(config_.web_config_file, clock_, registry_),
        server_(listen_addresses_of(config_.listen_addresses),
                web_.guard([this](const HttpQuery& query) { return routes_.answer(query); }), web_limits(),
                &web_),
        supervisor_(clock_, registry_) {
    if (outside_.statuses)
      statuses_ = std::make_unique<TaskStatusWriter>(*outside_.statuses, outside_.queue, registry_);
    if (!config_.queue_url.empty())
      reader_ = std::make_unique<QueueReader>(
          QueueReaderPorts{outside_.queue, board_, statuses_.get(), lease_, clock_}, reader_config(config_),
          registry_);
    routes_.add("/metrics", [this](const HttpQuery& query) {
      return exposition_reply(query, prometheus::TextSerializer{}.Serialize(registry_.Collect()));
    });
    add_fleet_pages(routes_, views_, decisions_, config_.pages);
    routes_.add("POST", std::string{kDrainDeskPath},
                [this](const HttpQuery& query) { return desk_.answer(query); });
    routes_.add("/healthz", [this](const HttpQuery&) { return health_reply(supervisor_); });
  }

  Result<void> run(const std::stop_token& stop) {
    if (auto opened = web_.open(); !opened) return opened.error().within("web.config.file");
    if (auto bound = server_.bind(); !bound) return bound.error().within("web.listen_address");
    log::info("started", {{"cluster", config_.observer.cluster},
                          {"pools", config_.observer.pools.size()},
                          {"name", name_},
                          {"dry_run", dry_run_},
                          {"listening", server_.bound_port()}});
    supervisor_.run("hosts", Stage::observe, [this](const std::stop_token& s) { hosts_.run(s); });
    supervisor_.run("services", Stage::observe, [this](const std::stop_token& s) { services_.run(s); });
    if (reader_)
      supervisor_.run("queue", Stage::observe, [this](const std::stop_token& s) { reader_->run(s); });
    supervisor_.run("sizer", Stage::act, [this](const std::stop_token& s) { sizer_.run(s); });
    supervisor_.run("departures", Stage::act, [this](const std::stop_token& s) { departures_.run(s); });
    if (!config_.drain_desk_token_file.empty())
      supervisor_.run("drain-desk", Stage::act, [this](const std::stop_token& s) { desk_.run(s); });
    if (statuses_)
      supervisor_.run("task-status", Stage::act, [this](const std::stop_token& s) { statuses_->run(s); });
    supervisor_.run("decisions", Stage::serve, [this](const std::stop_token& s) { decisions_.run(s); });
    // Held until nothing acts any more.
    supervisor_.run("lease", Stage::serve, [this](const std::stop_token& s) { lease_.run(s); });
    supervisor_.run("web", Stage::serve, [this](const std::stop_token& s) { server_.run(s); });
    notify_service_manager("READY=1");
    watch_until_stopped(clock_, stop);
    notify_service_manager("STOPPING=1");
    supervisor_.stop();
    log::info("stopped");
    return {};
  }

 private:
  const CoordinatorConfig config_;
  const bool dry_run_;
  const std::string name_;
  SystemClock clock_;
  prometheus::Registry registry_;
  Outside outside_;
  Latest<FleetView> views_;
  FleetBoard board_;
  Lease lease_;
  NeedCache needs_;
  HostObserver hosts_;
  ServiceObserver services_;
  FleetActor actor_;
  DepartureKeeper departures_;
  ClusterGauges gauges_;
  DrainDesk desk_;
  DecisionLog decisions_;
  Sizer sizer_;
  std::unique_ptr<TaskStatusWriter> statuses_;
  std::unique_ptr<QueueReader> reader_;
  HttpRoutes routes_;
  WebGuard web_;
  HttpServer server_;
  Supervisor supervisor_;  // last: its threads use all of the above
};

}  // namespace

Result<void> run_coordinator(const CoordinatorStart& start, const std::stop_token& stop) {
  Coordinator coordinator{start};
  return coordinator.run(stop);
}

}  // namespace hakoban
