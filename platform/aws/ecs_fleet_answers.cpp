#include "platform/aws/ecs_fleet_answers.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <nlohmann/json.hpp>

#include "platform/json_fields.h"

namespace hakoban {
namespace {

using nlohmann::json;

// ECS writes times as seconds since 1970 with a fraction; some of its imitators as RFC 3339.
std::optional<TimePoint> time_of(const json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end()) return std::nullopt;
  if (found->is_string()) {
    const auto time = parse_rfc3339(found->get<std::string>());
    return time ? std::optional{*time} : std::nullopt;
  }
  if (!found->is_number()) return std::nullopt;
  const double seconds = found->get<double>();
  if (!(std::abs(seconds) < 9e9)) return std::nullopt;
  const std::chrono::duration<double, std::milli> millis{std::round(seconds * 1000)};
  return TimePoint{std::chrono::duration_cast<std::chrono::milliseconds>(millis)};
}

void add_ports(const json& resource, std::vector<std::uint16_t>& ports) {
  for (const auto& text : list_of(resource, "stringSetValue")) {
    if (!text.is_string()) continue;
    const auto& digits = text.get_ref<const std::string&>();
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (error == std::errc{} && end == digits.data() + digits.size()) ports.push_back(port);
  }
}

EcsResources read_resources(const json& list) {
  EcsResources read;
  for (const auto& resource : list) {
    const std::string name = text_of(resource, "name");
    if (name == "CPU") read.cpu_units = integer_of(resource, "integerValue").value_or(0);
    if (name == "MEMORY") read.memory_mib = integer_of(resource, "integerValue").value_or(0);
    if (name == "PORTS") add_ports(resource, read.ports);
    if (name == "PORTS_UDP") add_ports(resource, read.udp_ports);
    if (name != "GPU") continue;
    for (const auto& id : list_of(resource, "stringSetValue"))
      if (id.is_string()) read.gpus.push_back(id.get<std::string>());
  }
  return read;
}

EcsDeployment read_deployment(const json& deployment) {
  EcsDeployment read;
  read.id = text_of(deployment, "id");
  read.status = text_of(deployment, "status");
  read.rollout_state = text_of(deployment, "rolloutState");
  read.desired = integer_of(deployment, "desiredCount").value_or(0);
  read.running = integer_of(deployment, "runningCount").value_or(0);
  read.pending = integer_of(deployment, "pendingCount").value_or(0);
  read.failed = integer_of(deployment, "failedTasks").value_or(0);
  return read;
}

}  // namespace

bool EcsServiceStatus::on_instances() const {
  if (launch_type == "FARGATE" || launch_type == "EXTERNAL") return false;
  return capacity_providers.empty() ||
         std::any_of(capacity_providers.begin(), capacity_providers.end(), [](const std::string& provider) {
           return provider != "FARGATE" && provider != "FARGATE_SPOT";
         });
}

EcsInstance read_ecs_instance(const json& instance) {
  EcsInstance read;
  read.arn = text_of(instance, "containerInstanceArn");
  read.ec2_instance_id = text_of(instance, "ec2InstanceId");
  read.status = text_of(instance, "status");
  read.status_reason = text_of(instance, "statusReason");
  read.agent_connected = bool_of(instance, "agentConnected").value_or(false);
  read.running_tasks = integer_of(instance, "runningTasksCount").value_or(0);
  read.pending_tasks = integer_of(instance, "pendingTasksCount").value_or(0);
  read.registered = read_resources(list_of(instance, "registeredResources"));
  read.remaining = read_resources(list_of(instance, "remainingResources"));
  read.agent_version = text_of(object_of(instance, "versionInfo"), "agentVersion");
  read.capacity_provider = text_of(instance, "capacityProviderName");
  read.registered_at = time_of(instance, "registeredAt");
  for (const auto& attribute : list_of(instance, "attributes"))
    read.attributes[text_of(attribute, "name")] = text_of(attribute, "value");
  return read;
}

EcsServiceStatus read_ecs_service_status(const json& service, std::size_t events) {
  EcsServiceStatus read;
  read.arn = text_of(service, "serviceArn");
  read.name = text_of(service, "serviceName");
  read.status = text_of(service, "status");
  read.scheduling_strategy = text_of(service, "schedulingStrategy");
  read.launch_type = text_of(service, "launchType");
  read.task_definition_arn = text_of(service, "taskDefinition");
  for (const auto& provider : list_of(service, "capacityProviderStrategy"))
    read.capacity_providers.push_back(text_of(provider, "capacityProvider"));
  for (const auto& constraint : list_of(service, "placementConstraints")) {
    if (text_of(constraint, "type") == "distinctInstance") read.distinct_instance = true;
    if (text_of(constraint, "type") == "memberOf")
      read.constraints.push_back(text_of(constraint, "expression"));
  }
  read.desired = integer_of(service, "desiredCount").value_or(0);
  read.running = integer_of(service, "runningCount").value_or(0);
  read.pending = integer_of(service, "pendingCount").value_or(0);
  read.created_at = time_of(service, "createdAt");
  for (const auto& deployment : list_of(service, "deployments"))
    read.deployments.push_back(read_deployment(deployment));
  for (const auto& event : list_of(service, "events")) {
    if (read.events.size() >= events) break;
    if (const auto at = time_of(event, "createdAt"))
      read.events.push_back({text_of(event, "id"), *at, text_of(event, "message")});
  }
  return read;
}

}  // namespace hakoban
