#include "platform/aws/ecs_answers.h"

#include <algorithm>
#include <charconv>

#include <nlohmann/json.hpp>

#include "platform/json_fields.h"
#include "platform/log.h"

namespace hakoban {
namespace {

using nlohmann::json;

std::uint16_t port_of(const json& object, const char* key) {
  const auto port = integer_of(object, key).value_or(0);
  return port > 0 && port <= 65535 ? static_cast<std::uint16_t>(port) : std::uint16_t{0};
}

// Task-level cpu and memory come as strings of digits.
std::optional<std::uint64_t> digits_of(const json& object, const char* key) {
  const std::string text = text_of(object, key);
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// A published port is listed once for 0.0.0.0 and once for ::.
void add_bindings(const json& container, std::vector<EcsNetworkBinding>& bindings) {
  for (const auto& found : list_of(container, "networkBindings")) {
    EcsNetworkBinding binding{text_of(container, "name"), port_of(found, "containerPort"),
                              port_of(found, "hostPort")};
    const bool known = std::any_of(bindings.begin(), bindings.end(), [&](const auto& other) {
      return other.container_name == binding.container_name &&
             other.container_port == binding.container_port && other.host_port == binding.host_port;
    });
    if (binding.host_port != 0 && !known) bindings.push_back(std::move(binding));
  }
}

std::string interface_address(const json& task) {
  for (const auto& attachment : list_of(task, "attachments")) {
    if (text_of(attachment, "type") != "ElasticNetworkInterface") continue;
    for (const auto& detail : list_of(attachment, "details"))
      if (text_of(detail, "name") == "privateIPv4Address") return text_of(detail, "value");
  }
  return {};
}

void add_load_balancers(const json& owner, std::vector<EcsLoadBalancer>& all) {
  const auto add = [&](EcsLoadBalancer one) {
    const bool known = std::any_of(all.begin(), all.end(), [&](const auto& other) {
      return other.target_group_arn == one.target_group_arn &&
             other.load_balancer_name == one.load_balancer_name &&
             other.container_name == one.container_name && other.container_port == one.container_port;
    });
    if (!known) all.push_back(std::move(one));
  };
  for (const auto& found : list_of(owner, "loadBalancers")) {
    EcsLoadBalancer one{text_of(found, "targetGroupArn"), text_of(found, "loadBalancerName"),
                        text_of(found, "containerName"), port_of(found, "containerPort")};
    const auto& advanced = object_of(found, "advancedConfiguration");
    EcsLoadBalancer alternate = one;
    alternate.target_group_arn = text_of(advanced, "alternateTargetGroupArn");
    add(std::move(one));
    if (!alternate.target_group_arn.empty()) add(std::move(alternate));
  }
}

// "arn:aws:servicediscovery:REGION:ACCOUNT:service/srv-…" → "srv-…"
void add_discovery_service(const std::string& arn, std::vector<std::string>& ids) {
  const auto slash = arn.rfind('/');
  if (slash == std::string::npos || arn.find(":servicediscovery:") == std::string::npos) return;
  std::string id = arn.substr(slash + 1);
  if (!id.empty() && std::find(ids.begin(), ids.end(), id) == ids.end()) ids.push_back(std::move(id));
}

// Service discovery of the service and its task sets, and what Service Connect made for its deployments.
std::vector<std::string> discovery_services(const json& service) {
  std::vector<std::string> ids;
  const auto add_registries = [&](const json& owner) {
    for (const auto& found : list_of(owner, "serviceRegistries"))
      add_discovery_service(text_of(found, "registryArn"), ids);
  };
  add_registries(service);
  for (const auto& set : list_of(service, "taskSets")) add_registries(set);
  for (const auto& deployment : list_of(service, "deployments")) {
    for (const auto& found : list_of(deployment, "serviceConnectResources"))
      add_discovery_service(text_of(found, "discoveryArn"), ids);
  }
  return ids;
}

}  // namespace

EcsTask read_ecs_task(const json& task) {
  EcsTask read;
  read.arn = text_of(task, "taskArn");
  read.task_definition_arn = text_of(task, "taskDefinitionArn");
  read.group = text_of(task, "group");
  read.started_by = text_of(task, "startedBy");
  read.last_status = text_of(task, "lastStatus");
  read.desired_status = text_of(task, "desiredStatus");
  read.private_ip = interface_address(task);
  for (const auto& container : list_of(task, "containers")) add_bindings(container, read.bindings);
  for (const auto& tag : list_of(task, "tags")) read.tags[text_of(tag, "key")] = text_of(tag, "value");
  return read;
}

EcsTaskDefinition read_ecs_task_definition(const json& definition) {
  EcsTaskDefinition read;
  read.arn = text_of(definition, "taskDefinitionArn");
  read.network_mode = text_of(definition, "networkMode");
  if (const auto mib = digits_of(definition, "memory")) read.memory_bytes = *mib << 20;
  if (const auto units = digits_of(definition, "cpu")) read.cpu_vcpus = static_cast<double>(*units) / 1024;
  for (const auto& container : list_of(definition, "containerDefinitions")) {
    EcsContainerDefinition one;
    one.name = text_of(container, "name");
    one.essential = bool_of(container, "essential").value_or(true);
    const auto seconds = integer_of(container, "stopTimeout");
    if (seconds && *seconds >= 0 && *seconds <= 86400) one.stop_timeout = std::chrono::seconds{*seconds};
    read.containers.push_back(std::move(one));
  }
  return read;
}

EcsService read_ecs_service(const json& service) {
  EcsService read;
  read.name = text_of(service, "serviceName");
  read.scheduling_strategy = text_of(service, "schedulingStrategy");
  add_load_balancers(service, read.load_balancers);
  for (const auto& set : list_of(service, "taskSets")) add_load_balancers(set, read.load_balancers);
  read.discovery_services = discovery_services(service);
  return read;
}

std::vector<std::string> missing_in(const json& answer) {
  std::vector<std::string> missing;
  for (const auto& failure : list_of(answer, "failures")) {
    const std::string reason = text_of(failure, "reason");
    if (reason == "MISSING" || reason == "INACTIVE") {
      missing.push_back(text_of(failure, "arn"));
    } else {
      log::warn("ECS answers nothing about this", {{"arn", text_of(failure, "arn")}, {"reason", reason}});
    }
  }
  return missing;
}

}  // namespace hakoban
