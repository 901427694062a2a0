// What Prometheus can scrape on this host, as it is told at /sd: the agent itself, and the containers that
// say so by their Docker labels.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/host/host_view.h"
#include "platform/http/http_sd.h"
#include "platform/http/http_server.h"
#include "platform/latest.h"

namespace hakoban {

// How this agent itself is scraped.
struct OwnTarget {
  std::uint16_t port = 0;
  std::string metrics_path = "/metrics";
  bool tls = false;
};

// Containers are found by the Docker labels that the CloudWatch agent has made known:
// ECS_PROMETHEUS_EXPORTER_PORT (the port inside), ECS_PROMETHEUS_METRICS_PATH and ECS_PROMETHEUS_JOB_NAME.
// Their address is this host's and the published port, or the same port with host networking. Not listed:
// what is not published, and awsvpc tasks, whose address only ECS knows.
//
// Meta labels are named like those of Prometheus's own discovery of ECS (__meta_ecs_cluster,
// …_ec2_instance_id);
// __meta_hakoban_role is "agent" or "container".
//
// `reached_as`: what the asking client knows this host by, a Host header; the address where metadata tells
// none.
[[nodiscard]] std::vector<ScrapeTargets> scrape_targets(const HostView& host, const OwnTarget& own,
                                                        std::string_view reached_as);

// `own` is asked for each answer, for the port is known only when the server is bound.
[[nodiscard]] HttpHandler target_list_page(const Latest<HostView>& hosts, std::function<OwnTarget()> own);

}  // namespace hakoban
