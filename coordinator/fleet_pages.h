// What the coordinator serves about its cluster: /v1/cluster, /v1/decisions, and /sd for Prometheus's
// http_sd.
#pragma once

#include <cstdint>

#include "coordinator/decision_log.h"
#include "coordinator/fleet_view.h"
#include "platform/http/http_routes.h"
#include "platform/latest.h"

namespace hakoban {

struct PagesConfig {
  int agent_port = 9420;  // where hakoban-agent serves its metrics on each host
};

// GET /v1/cluster            pools, hosts, services that are short, jobs that wait, as last seen
// GET /v1/decisions          the newest first; ?limit=N (default 50), ?acting=1: only those that did
// something GET /sd                    [{"targets": ["10.0.0.1:9420"], "labels": {"__meta_hakoban_…": …}}],
// one a host;
//                            503 until the cluster was seen, upon which Prometheus keeps the list it has
// All references must outlive the routes.
void add_fleet_pages(HttpRoutes& routes, const Latest<FleetView>& view, const DecisionLog& decisions,
                     PagesConfig config);

}  // namespace hakoban
