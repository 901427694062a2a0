// Everything of the agent that sees the host go and takes it out of service, wired.
#pragma once

#include <memory>
#include <string>

#include <prometheus/registry.h>

#include "agent/agent_config.h"
#include "collectors/notices/notice_watcher.h"
#include "collectors/notices/shutdown_watcher.h"
#include "handlers/drain/drain_announcer.h"
#include "handlers/drain/drainer.h"
#include "platform/aws/topics.h"
#include "platform/http/http_routes.h"
#include "platform/http/http_server.h"
#include "platform/imds/imds.h"
#include "platform/logind.h"
#include "platform/supervisor.h"

namespace hakoban {

// All must outlive it.
struct TerminationPorts {
  DrainPorts drain;
  Imds& imds;
  Topics& topics;
  HttpClient& http;
};

class Termination {
 public:
  Termination(TerminationPorts ports, const AgentConfig& config, prometheus::Registry& registry);

  // GET /v1/drain.
  void add_pages(HttpRoutes& routes);

  // Goes back to a drain under way, opens the operator's socket, and starts its components. A socket that
  // cannot be opened costs the operator's command, and nothing else.
  void run(Supervisor& supervisor);

 private:
  [[nodiscard]] bool shutdown_drained() const;

  const TerminationPorts ports_;
  const AgentConfig& config_;
  Drainer drainer_;
  NoticeWatcher notices_;
  LogindBus logind_;
  ShutdownWatcher shutdown_;
  DrainAnnouncer announcer_;
  HttpRoutes local_routes_;
  HttpServer local_server_;
};

}  // namespace hakoban
