#include "handlers/metrics/target_list.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

namespace hakoban {
namespace {

constexpr const char* kPortLabel = "ECS_PROMETHEUS_EXPORTER_PORT";
constexpr const char* kPathLabel = "ECS_PROMETHEUS_METRICS_PATH";
constexpr const char* kJobLabel = "ECS_PROMETHEUS_JOB_NAME";

std::string label_of(const ContainerView& container, const char* name) {
  const auto found = container.labels.find(name);
  return found == container.labels.end() ? std::string{} : found->second;
}

std::optional<std::uint16_t> exporter_port(const ContainerView& container) {
  const auto text = label_of(container, kPortLabel);
  std::uint16_t port = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (text.empty() || failed != std::errc{} || end != text.data() + text.size() || port == 0)
    return std::nullopt;
  return port;
}

// The port of the host that leads to the container's.
std::optional<std::uint16_t> host_port(const ContainerView& container, std::uint16_t port) {
  if (container.network_mode == "host") return port;
  const auto found = std::find_if(container.ports.begin(), container.ports.end(), [&](const auto& each) {
    return each.container_port == port && each.protocol == "tcp" && each.host_port != 0;
  });
  return found == container.ports.end() ? std::nullopt : std::optional{found->host_port};
}

std::string host_part(std::string_view reached_as) {
  const auto colon = reached_as.rfind(':');
  if (colon == std::string_view::npos || reached_as.ends_with(']')) return std::string{reached_as};
  return std::string{reached_as.substr(0, colon)};
}

std::map<std::string, std::string> host_labels(const HostView& host, const char* role) {
  return {{"__meta_hakoban_role", role},
          {"__meta_hakoban_life_cycle", host.ec2.life_cycle},
          {"__meta_ecs_cluster", host.ecs.cluster},
          {"__meta_ecs_container_instance_arn", host.ecs.container_instance_arn},
          {"__meta_ecs_region", host.ec2.region},
          {"__meta_ecs_availability_zone", host.ec2.availability_zone},
          {"__meta_ecs_ec2_instance_id", host.ec2.instance_id},
          {"__meta_ecs_ec2_instance_type", host.ec2.instance_type},
          {"__meta_ecs_ec2_instance_private_ip", host.ec2.private_ip}};
}

std::optional<ScrapeTargets> container_target(const HostView& host, const TaskView& task,
                                              const ContainerView& container, const std::string& address) {
  if (container.state != ContainerState::running) return std::nullopt;
  const auto inside = exporter_port(container);
  const auto port = inside ? host_port(container, *inside) : std::nullopt;
  if (!port) return std::nullopt;
  ScrapeTargets group{{scrape_address(address, *port)}, host_labels(host, "container")};
  group.labels["__meta_ecs_service"] = task.service;
  group.labels["__meta_ecs_task_arn"] = task.arn;
  group.labels["__meta_ecs_task_group"] = task.group;
  group.labels["__meta_ecs_task_definition"] = task.family + ':' + task.revision;
  group.labels["__meta_ecs_container_name"] = container.ecs_name;
  group.labels["__metrics_path__"] = label_of(container, kPathLabel);
  group.labels["job"] = label_of(container, kJobLabel);
  return group;
}

}  // namespace

std::vector<ScrapeTargets> scrape_targets(const HostView& host, const OwnTarget& own,
                                          std::string_view reached_as) {
  const auto address = host.ec2.private_ip.empty() ? host_part(reached_as) : host.ec2.private_ip;
  if (address.empty()) return {};
  ScrapeTargets self{{scrape_address(address, own.port)}, host_labels(host, "agent")};
  self.labels["__metrics_path__"] = own.metrics_path;
  self.labels["__scheme__"] = own.tls ? "https" : "http";
  std::vector<ScrapeTargets> groups{std::move(self)};
  for (const auto& task : host.tasks) {
    for (const auto& container : task.containers) {
      if (auto target = container_target(host, task, container, address))
        groups.push_back(*std::move(target));
    }
  }
  return groups;
}

HttpHandler target_list_page(const Latest<HostView>& hosts, std::function<OwnTarget()> own) {
  return [&hosts, own = std::move(own)](const HttpQuery& query) {
    return http_sd_reply(scrape_targets(*hosts.get(), own(), query.header("Host").value_or("")));
  };
}

}  // namespace hakoban
