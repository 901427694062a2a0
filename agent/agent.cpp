#include "agent/agent.h"

#include <filesystem>

#include <fmt/format.h>

#include "agent/log_sources.h"
#include "agent/shared_drain.h"
#include "agent/termination.h"
#include "collectors/logs/log_series.h"
#include "collectors/logs/log_tailer.h"
#include "collectors/metrics/container_metrics.h"
#include "collectors/metrics/machine_metrics.h"
#include "collectors/metrics/node_metrics.h"
#include "collectors/metrics/process_metrics.h"
#include "collectors/tasks/task_census.h"
#include "handlers/logs/log_shipper.h"
#include "handlers/logs/task_index.h"
#include "handlers/metrics/metrics_page.h"
#include "handlers/metrics/status_pages.h"
#include "handlers/metrics/target_list.h"
#include "platform/aws/cached_credentials.h"
#include "platform/aws/classic_elb_api.h"
#include "platform/aws/credential_sources.h"
#include "platform/aws/ecs_api.h"
#include "platform/aws/elb_api.h"
#include "platform/aws/instance_lifecycle_api.h"
#include "platform/aws/object_destination.h"
#include "platform/aws/service_discovery_api.h"
#include "platform/aws/task_protection_api.h"
#include "platform/aws/topics_api.h"
#include "platform/docker/docker_client.h"
#include "platform/files.h"
#include "platform/http/curl_client.h"
#include "platform/http/http_routes.h"
#include "platform/http/http_server.h"
#include "platform/http/web_guard.h"
#include "platform/http/web_options.h"
#include "platform/imds/imds_client.h"
#include "platform/inotify_watch.h"
#include "platform/log.h"
#include "platform/program.h"
#include "platform/pulse.h"
#include "platform/self_container.h"
#include "platform/supervisor.h"
#include "platform/watchdog.h"

namespace hakoban {
namespace {

AwsConfig aws_of(const AgentStart& start, const Latest<HostView>& views) {
  auto config = aws_config(start.environment);
  config.instance_region = [&views] { return views.get()->ec2.region; };
  if (const auto& url = start.config.s3.endpoint_url; !url.empty())
    config.service_endpoint_urls[AwsService::s3] = url;
  return config;
}

// What speaks to the outside, each by its own protocol.
struct Outside {
  Outside(const AgentStart& start, const Clock& clock, const Latest<HostView>& views,
          prometheus::Registry& registry, DockerEndpoint docker_endpoint)
      : http({"hakoban/" + start.version, aws_config(start.environment).ca_bundle}),
        imds(http, clock, registry, imds_config(start.environment)),
        credentials(usual_credentials(http, imds, start.environment), clock, registry),
        aws(http, credentials, clock, registry, aws_of(start, views)),
        ecs(aws),
        balancers(aws),
        drain_ecs(aws, AwsRetryPolicy::none(start.config.drain.call_timeout)),
        drain_balancers(aws, AwsRetryPolicy::none(start.config.drain.call_timeout)),
        protection(aws, AwsRetryPolicy::none(start.config.drain.call_timeout)),
        classic_balancers(aws, AwsRetryPolicy::none(start.config.drain.call_timeout)),
        discovery(aws, AwsRetryPolicy::none(start.config.drain.call_timeout)),
        lifecycle(aws, AwsRetryPolicy::none(start.config.drain.call_timeout)),
        topics(aws, AwsRetryPolicy::none(start.config.announcer.timeout)),
        docker(http, std::move(docker_endpoint)),
        introspection(http, start.config.introspection) {}

  CurlClient http;
  ImdsClient imds;
  CachedCredentials credentials;
  AwsClient aws;
  EcsApi ecs;
  ElbApi balancers;
  // A drain has its own plan of retries: one attempt a call.
  EcsApi drain_ecs;
  ElbApi drain_balancers;
  TaskProtectionApi protection;
  ClassicElbApi classic_balancers;
  ServiceDiscoveryApi discovery;
  InstanceLifecycleApi lifecycle;
  TopicsApi topics;
  DockerClient docker;
  EcsIntrospectionClient introspection;
};

std::string boot_id_of(const std::filesystem::path& procfs) {
  const auto text = read_file(procfs / "sys/kernel/random/boot_id");
  return text ? text->substr(0, text->find('\n')) : "";
}

// Settings that follow from others.
AgentConfig derived(AgentConfig config, bool dry_run) {
  const std::filesystem::path state{config.state_directory};
  config.tailer.state_folder = state / "logs";
  config.tailer.rootfs = config.rootfs;
  config.tailer.extension = config.log_compression == "zstd" ? kZstdExtension : kGzipExtension;
  config.sources.spool.folder = state / "spool";
  config.sources.journal.position_file = state / "journal.position";
  config.task_index.folder = state / "tasks";
  if (auto name = read_file(std::filesystem::path{config.procfs} / "sys/kernel/hostname")) {
    while (name->ends_with('\n')) name->pop_back();
    if (!name->empty()) config.sources.spool.host_name = *name;
  }
  config.drain.journal = state / "drain.json";
  config.drain.dry_run = dry_run;
  config.container_metrics.layers.rootfs = config.rootfs;
  config.drain.boot_id = boot_id_of(config.procfs);
  if (config.local_socket.empty()) config.local_socket = (state / "agent.sock").string();
  if (config.log_destination.empty()) config.log_destination = "file://" + (state / "log-objects").string();
  return config;
}

CgroupLayout layout_of(const HostPaths& paths) {
  auto layout = CgroupLayout::discover(paths);
  if (layout) return *layout;
  log::warn("no container metrics: cgroups not found", {{"error", layout.error()}});
  return {};
}

Health health_of(const Supervisor& supervisor) {
  Health health;
  for (const auto& component : supervisor.status()) {
    health.components.push_back({component.name, component.running, component.running ? "" : "not running"});
  }
  for (const auto& thread : threads_busy_for(kLongestStep))
    health.components.push_back({thread.name, false, "no progress for " + format_duration(thread.busy_for)});
  return health;
}

Result<void> check_state_folder(const std::filesystem::path& folder) {
  std::error_code failure;
  std::filesystem::create_directories(folder, failure);
  if (failure)
    return Error{Errc::denied, fmt::format("state_directory {}: {}", folder.string(), failure.message())};
  return {};
}

class Agent {
 public:
  Agent(const AgentStart& start, DockerEndpoint docker, const ObjectDestination& destination)
      : config_(start.config),
        dry_run_(start.dry_run),
        outside_(start, clock_, views_, registry_, std::move(docker)),
        store_(open_store(destination, outside_.aws, config_.s3)),
        census_({outside_.docker, outside_.introspection, outside_.ecs, outside_.balancers, outside_.imds,
                 clock_, system_random(), views_},
                config_.census, own_container_id().value_or(""), registry_),
        log_sources_(views_, clock_, registry_, config_.sources),
        tailer_(log_sources_.rosters(), folder_watch_, clock_, registry_, config_.tailer),
        task_index_(views_, *store_, clock_, registry_, config_.task_index),
        shipper_(tailer_, *store_, clock_, system_random(), registry_, config_.shipper),
        shared_drain_(SharedDrain::make(config_.shared_drain, outside_.http, clock_, registry_,
                                        outside_.drain_ecs, outside_.drain_balancers)),
        termination_({drain_ports(), outside_.imds, outside_.topics, outside_.http}, config_, registry_),
        containers_(views_, layout_of(paths_of(config_)), paths_of(config_), clock_, registry_,
                    config_.container_metrics),
        machine_(paths_of(config_)),
        node_(paths_of(config_), config_.rootfs),
        process_("hakoban-agent", start.version),
        page_(sources(), registry_, clock_, config_.metrics_page),
        web_(config_.web_config_file, clock_, registry_),
        server_(listen_addresses_of(config_.listen_addresses),
                web_.guard([this](const HttpQuery& query) { return routes_.answer(query); }), {}, &web_),
        supervisor_(clock_, registry_) {
    const auto& metrics_path = config_.telemetry_path;
    routes_.add(metrics_path, [this](const HttpQuery& query) { return page_.answer(query); });
    routes_.add("/healthz", health_page([this] { return health_of(supervisor_); }));
    routes_.add("/", landing_page("hakoban-agent", start.version,
                                  {{metrics_path, "Metrics"},
                                   {"/healthz", "Health"},
                                   {"/sd", "Scrape targets"},
                                   {"/v1/drain", "Drain"}}));
    termination_.add_pages(routes_);
    routes_.add("/sd", target_list_page(views_, [this] {
                  return OwnTarget{server_.bound_port(), config_.telemetry_path, web_.tls_enabled()};
                }));
    task_index_.follow([this] { return tailer_.progress(); });
    if (config_.index_tasks) tailer_.set_witness(task_index_);
  }

  Result<void> run(const std::stop_token& stop) {
    if (auto opened = web_.open(); !opened) return opened.error().within("web.config.file");
    if (auto bound = server_.bind(); !bound) return bound.error().within("web.listen_address");
    if (auto opened = dry_run_ ? Result<void>{} : log_sources_.open(); !opened) return opened.error();
    log::info("started",
              {{"listening", server_.bound_port()}, {"logs_to", store_->name()}, {"dry_run", dry_run_}});

    supervisor_.run("census", Stage::observe, [this](const std::stop_token& s) { census_.run(s); });
    if (!dry_run_)
      supervisor_.run("log-tailer", Stage::observe, [this](const std::stop_token& s) { tailer_.run(s); });
    if (!dry_run_) log_sources_.run_under(supervisor_);
    if (!dry_run_ && config_.index_tasks)
      supervisor_.run("task-index", Stage::serve, [this](const std::stop_token& s) { task_index_.run(s); });
    if (!dry_run_)
      supervisor_.run("log-shipper", Stage::act, [this](const std::stop_token& s) { shipper_.run(s); });
    termination_.run(supervisor_);
    supervisor_.run("descriptors", Stage::serve, [this](const std::stop_token& s) { containers_.run(s); });
    supervisor_.run("web", Stage::serve, [this](const std::stop_token& s) { server_.run(s); });

    notify_service_manager("READY=1");
    watch_until_stopped(clock_, stop);
    notify_service_manager("STOPPING=1");
    supervisor_.stop();
    log::info("stopped");
    return {};
  }

 private:
  std::vector<MetricSource*> sources() {
    std::vector<MetricSource*> all{&containers_, &machine_, &process_, &log_series_};
    if (config_.container_metrics.groups.has(MetricGroup::host)) all.push_back(&node_);
    return all;
  }

  DrainPorts drain_ports() {
    return {clock_,
            views_,
            shared_drain_ ? shared_drain_->ecs() : outside_.drain_ecs,
            outside_.protection,
            shared_drain_ ? shared_drain_->balancers() : outside_.drain_balancers,
            outside_.classic_balancers,
            outside_.discovery,
            outside_.lifecycle,
            outside_.docker,
            shipper_,
            [this] { census_.request_refresh(); }};
  }

  static HostPaths paths_of(const AgentConfig& config) { return {config.procfs, config.sysfs}; }

  const AgentConfig config_;
  const bool dry_run_;
  SystemClock clock_;
  prometheus::Registry registry_;
  Latest<HostView> views_;
  Outside outside_;
  std::unique_ptr<ObjectStore> store_;
  InotifyWatch folder_watch_{".log"};
  TaskCensus census_;
  LogSources log_sources_;
  LogTailer tailer_;
  LogSeries log_series_{tailer_};
  TaskIndex task_index_;
  LogShipper shipper_;
  std::unique_ptr<SharedDrain> shared_drain_;  // null: the drain's calls go to AWS directly
  Termination termination_;
  ContainerMetrics containers_;
  MachineMetrics machine_;
  NodeMetrics node_;
  ProcessMetrics process_;
  MetricsPage page_;
  HttpRoutes routes_;
  WebGuard web_;
  HttpServer server_;
  Supervisor supervisor_;  // last: its threads use all of the above
};

}  // namespace

Result<void> run_agent(const AgentStart& start, const std::stop_token& stop) {
  AgentStart complete = start;
  complete.config = derived(start.config, start.dry_run);
  const auto docker = parse_docker_host(complete.config.docker_host);
  if (!docker) return docker.error().within("docker.host");
  const auto destination = parse_object_destination(complete.config.log_destination);
  if (!destination) return destination.error().within("logs.destination");
  if (auto folder = check_state_folder(complete.config.state_directory); !folder) return folder.error();
  Agent agent{complete, *docker, *destination};
  return agent.run(stop);
}

}  // namespace hakoban
