#include "agent/termination.h"

#include <utility>

#include "handlers/drain/drain_api.h"
#include "platform/log.h"

namespace hakoban {

namespace {

ListenAddress socket_of(const AgentConfig& config) {
  ListenAddress address;
  address.unix_socket = config.local_socket;
  return address;
}

HttpServerConfig local_limits() {
  HttpServerConfig limits;
  limits.workers = 1;
  limits.max_connections = 16;
  limits.max_body_bytes = 16 << 10;
  return limits;
}

}  // namespace

Termination::Termination(TerminationPorts ports, const AgentConfig& config, prometheus::Registry& registry)
    : ports_(std::move(ports)),
      config_(config),
      drainer_(ports_.drain, config.drain, registry),
      notices_(ports_.imds, ports_.drain.clock, ports_.drain.views, config.notices, drainer_.inbox(),
               registry),
      shutdown_(logind_, ports_.drain.clock, drainer_.inbox(), [this] { return shutdown_drained(); }),
      announcer_(drainer_.status(), ports_.drain.views, ports_.topics, ports_.http, ports_.drain.clock,
                 config.announcer, registry),
      local_server_(
          {socket_of(config)}, [this](const HttpQuery& query) { return local_routes_.answer(query); },
          local_limits()) {
  add_drain_requests(local_routes_, drainer_, config.drain.policy, ports_.drain.clock);
}

void Termination::add_pages(HttpRoutes& routes) {
  add_drain_view(routes, drainer_, config_.drain.policy, ports_.drain.clock);
}

void Termination::run(Supervisor& supervisor) {
  using Stop = std::stop_token;
  notices_.remember(drainer_.recall());
  announcer_.skip_present();
  supervisor.run("notices", Stage::observe, [this](const Stop& stop) { notices_.run(stop); });
  if (config_.hold_shutdown && !config_.drain.dry_run)
    supervisor.run("shutdown", Stage::observe, [this](const Stop& stop) { shutdown_.run(stop); });
  supervisor.run("drainer", Stage::act, [this](const Stop& stop) { drainer_.run(stop); });
  if (!config_.announcer.topic_arn.empty() || !config_.announcer.webhook_url.empty())
    supervisor.run("announcer", Stage::act, [this](const Stop& stop) { announcer_.run(stop); });
  if (const auto bound = local_server_.bind(); !bound) {
    log::warn("no operator's socket: hakoban drain cannot reach this agent",
              {{"socket", config_.local_socket}, {"error", bound.error()}});
    return;
  }
  supervisor.run("local-api", Stage::serve, [this](const Stop& stop) { local_server_.run(stop); });
}

bool Termination::shutdown_drained() const {
  const auto status = drainer_.status().get();
  return status->drain && status->drain->finished_at && status->drain->standing(NoticeKind::host_shutdown);
}

}  // namespace hakoban
