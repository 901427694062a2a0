#include "platform/ecs_introspection.h"

#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/host/task_name.h"
#include "platform/json_fields.h"

namespace hakoban {
namespace {

using nlohmann::json;

Error not_json() {
  return Error{Errc::malformed, "the ECS agent's answer is not a JSON object"};
}

AgentTask read_task(const json& entry) {
  AgentTask task;
  task.arn = text_of(entry, "Arn");
  task.known_status = text_of(entry, "KnownStatus");
  task.desired_status = text_of(entry, "DesiredStatus");
  task.family = text_of(entry, "Family");
  task.revision = text_of(entry, "Version");
  for (const auto& container : list_of(entry, "Containers"))
    task.containers.push_back({text_of(container, "DockerId"), text_of(container, "Name")});
  return task;
}

}  // namespace

EcsIntrospectionClient::EcsIntrospectionClient(HttpClient& http, IntrospectionConfig config)
    : http_(http), config_(std::move(config)) {}

Result<std::string> EcsIntrospectionClient::get(const std::string& path, const std::stop_token& stop) {
  HttpRequest request;
  request.url = config_.url + path;
  request.direct = true;
  request.connect_timeout = config_.connect_timeout;
  request.timeout = config_.timeout;
  auto answer = http_.send(request, stop);
  if (!answer) return answer.error().within("asking the ECS agent");
  if (answer->status == 200) return std::move(answer->body);
  const auto code = answer->status == 404 ? Errc::malformed : Errc::unavailable;
  return Error{code, fmt::format("the ECS agent answers {} to {}", answer->status, path)};
}

Result<EcsIdentity> EcsIntrospectionClient::metadata(const std::stop_token& stop) {
  const auto text = get("/v1/metadata", stop);
  if (!text) return text.error();
  const auto root = json::parse(*text, nullptr, false);
  if (!root.is_object()) return not_json();
  EcsIdentity identity{std::string{cluster_name(text_of(root, "Cluster"))},
                       text_of(root, "ContainerInstanceArn"), text_of(root, "Version")};
  // Null, and the cluster perhaps "", until the agent has spoken with ECS.
  if (identity.container_instance_arn.empty() || identity.cluster.empty())
    return Error{Errc::not_found, "the ECS agent has not registered this instance yet"};
  return identity;
}

Result<std::vector<AgentTask>> EcsIntrospectionClient::tasks(const std::stop_token& stop) {
  const auto text = get("/v1/tasks", stop);
  if (!text) return text.error();
  const auto root = json::parse(*text, nullptr, false);
  if (!root.is_object()) return not_json();
  std::vector<AgentTask> tasks;
  for (const auto& entry : list_of(root, "Tasks")) {
    auto task = read_task(entry);
    if (!task.arn.empty()) tasks.push_back(std::move(task));
  }
  return tasks;
}

}  // namespace hakoban
