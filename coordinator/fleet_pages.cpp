#include "coordinator/fleet_pages.h"

#include <charconv>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "coordinator/fleet_json.h"
#include "platform/http/http_sd.h"

namespace hakoban {
namespace {

using Json = nlohmann::json;

HttpReply json_reply(std::string body, int status = 200) {
  HttpReply reply;
  reply.status = status;
  reply.content_type = "application/json";
  reply.body = std::move(body) + "\n";
  return reply;
}

HttpReply json_reply(const Json& json, int status = 200) {
  return json_reply(json.dump(-1, ' ', false, Json::error_handler_t::replace), status);
}

HttpReply not_seen() {
  return json_reply(Json{{"error", "the cluster was not seen yet"}}, 503);
}

// The value of ?name=…; percent-encoding is not needed for what is asked here.
std::optional<std::string> parameter(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const auto end = query.find('&');
    const auto part = query.substr(0, end);
    const auto equals = part.find('=');
    if (part.substr(0, equals) == name)
      return std::string{equals == std::string_view::npos ? "" : part.substr(equals + 1)};
    query.remove_prefix(end == std::string_view::npos ? query.size() : end + 1);
  }
  return std::nullopt;
}

HttpReply decisions_reply(const DecisionLog& decisions, std::string_view query) {
  std::size_t limit = 50;
  if (const auto asked = parameter(query, "limit")) {
    const auto [end, failure] = std::from_chars(asked->data(), asked->data() + asked->size(), limit);
    if (failure != std::errc{} || end != asked->data() + asked->size() || limit == 0)
      return json_reply(Json{{"error", "limit: not a number from 1 on"}}, 400);
  }
  const auto acting = parameter(query, "acting");
  const auto list = decisions.recent(limit, acting && *acting != "0");
  return json_reply(fmt::format(R"({{"decisions":[{}]}})", fmt::join(list, ",\n")));
}

Json hosts_of(const FleetView& view) {
  Json hosts = Json::array();
  for (const auto& instance : view.snapshot.instances) {
    Json host = instance_json(instance);
    host.erase("placed");
    const auto address = view.addresses.find(instance.ec2_id);
    if (address != view.addresses.end()) host["address"] = address->second;
    hosts.push_back(std::move(host));
  }
  return hosts;
}

HttpReply cluster_reply(const FleetView& view) {
  const auto& snapshot = view.snapshot;
  if (snapshot.instances_at == TimePoint{}) return not_seen();
  Json json{{"cluster", snapshot.cluster},
            {"leader", view.leader},
            {"holder", view.holder},
            {"instances_at", format_rfc3339(snapshot.instances_at)},
            {"services_at", format_rfc3339(snapshot.services_at)},
            {"pools_at", format_rfc3339(snapshot.pools_at)},
            {"problems", snapshot.problems},
            {"services", snapshot.services.size()},
            {"hosts", hosts_of(view)}};
  for (const auto* list : {"pools", "short_services", "waiting_jobs"}) json[list] = Json::array();
  for (const auto& pool : snapshot.pools) json["pools"].push_back(pool_json(pool));
  for (const auto& service : snapshot.services) {
    const auto missing = service.desired - service.running - service.pending;
    if (missing <= 0) continue;
    json["short_services"].push_back(
        {{"name", service.name}, {"missing", missing}, {"placement_failed", service.placement_failed}});
  }
  for (const auto& job : snapshot.jobs)
    json["waiting_jobs"].push_back({{"id", job.id},
                                    {"pool", job.pool},
                                    {"cpu", job.need.cpu},
                                    {"memory", job.need.memory},
                                    {"first_heard", format_rfc3339(job.first_heard)},
                                    {"last_heard", format_rfc3339(job.last_heard)}});
  return json_reply(json);
}

// Its meta labels are named like those of the agents' own /sd (handlers/metrics/target_list.h).
HttpReply sd_reply(const FleetView& view, std::uint16_t port) {
  if (view.snapshot.instances_at == TimePoint{}) return not_seen();
  std::vector<ScrapeTargets> groups;
  for (const auto& instance : view.snapshot.instances) {
    const auto address = view.addresses.find(instance.ec2_id);
    if (address == view.addresses.end() || address->second.empty()) continue;
    groups.push_back({{scrape_address(address->second, port)},
                      {{"__meta_hakoban_role", "agent"},
                       {"__meta_hakoban_pool", instance.pool},
                       {"__meta_hakoban_state", instance_json(instance).value("state", "active")},
                       {"__meta_ecs_cluster", view.snapshot.cluster},
                       {"__meta_ecs_container_instance_arn", instance.arn},
                       {"__meta_ecs_availability_zone", instance.zone},
                       {"__meta_ecs_ec2_instance_id", instance.ec2_id},
                       {"__meta_ecs_ec2_instance_type", instance.type}}});
  }
  return http_sd_reply(groups);
}

}  // namespace

void add_fleet_pages(HttpRoutes& routes, const Latest<FleetView>& view, const DecisionLog& decisions,
                     PagesConfig config) {
  routes.add("/v1/cluster", [&view](const HttpQuery&) { return cluster_reply(*view.get()); });
  routes.add("/v1/decisions",
             [&decisions](const HttpQuery& query) { return decisions_reply(decisions, query.query); });
  routes.add("/sd", [&view, config](const HttpQuery&) {
    return sd_reply(*view.get(), static_cast<std::uint16_t>(config.agent_port));
  });
}

}  // namespace hakoban
