#include "platform/aws/ecs_placement_api.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <boost/algorithm/string/predicate.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "platform/aws/ecs_answers.h"
#include "platform/json_fields.h"

namespace hakoban {
namespace {

using nlohmann::json;

constexpr std::size_t kTasksAtOnce = 100;
constexpr std::size_t kInstancesAtOnce = 10;
constexpr int kMostPages = 200;

// Task-level sizes come as strings of digits.
std::optional<std::int64_t> digits_of(const json& object, const char* key) {
  const std::string text = text_of(object, key);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

EcsRunningTask read_running_task(const json& task) {
  EcsRunningTask read;
  read.arn = text_of(task, "taskArn");
  read.task_definition_arn = text_of(task, "taskDefinitionArn");
  read.group = text_of(task, "group");
  read.last_status = text_of(task, "lastStatus");
  read.desired_status = text_of(task, "desiredStatus");
  read.cpu = digits_of(task, "cpu");
  read.memory = digits_of(task, "memory");
  return read;
}

// Not of an awsvpc task: it has an address of its own.
void add_ports(const json& container, TaskNeed& need) {
  for (const auto& mapping : list_of(container, "portMappings")) {
    const auto port = integer_of(mapping, "hostPort").value_or(0);
    if (port <= 0 || port > 65535) continue;
    auto& ports = text_of(mapping, "protocol") == "udp" ? need.udp_ports : need.ports;
    ports.push_back(static_cast<std::uint16_t>(port));
  }
}

std::int64_t gpus_of(const json& container) {
  std::int64_t gpus = 0;
  for (const auto& requirement : list_of(container, "resourceRequirements"))
    if (text_of(requirement, "type") == "GPU") gpus += digits_of(requirement, "value").value_or(0);
  return gpus;
}

// ECS books the reservation where there is one, else the limit.
std::int64_t memory_of(const json& container) {
  return integer_of(container, "memoryReservation").value_or(integer_of(container, "memory").value_or(0));
}

}  // namespace

TaskNeed read_task_need(const json& definition) {
  TaskNeed need;
  const bool own_address = text_of(definition, "networkMode") == "awsvpc";
  for (const auto& container : list_of(definition, "containerDefinitions")) {
    need.cpu += integer_of(container, "cpu").value_or(0);
    need.memory += memory_of(container);
    need.gpus += gpus_of(container);
    if (!own_address) add_ports(container, need);
  }
  need.cpu = digits_of(definition, "cpu").value_or(need.cpu);
  need.memory = digits_of(definition, "memory").value_or(need.memory);
  for (const auto& constraint : list_of(definition, "placementConstraints"))
    if (text_of(constraint, "type") == "memberOf")
      need.constraints.push_back(text_of(constraint, "expression"));
  return need;
}

EcsPlacementApi::EcsPlacementApi(AwsClient& aws, AwsRetryPolicy policy) : aws_(aws), policy_(policy) {}

Result<json> EcsPlacementApi::call(std::string_view action, const json& body, const std::stop_token& stop) {
  return aws_.call_json(AwsService::ecs, fmt::format("{}{}", kEcsTarget, action), body, policy_, stop);
}

Result<std::vector<EcsRunningTask>> EcsPlacementApi::tasks_on(const std::string& cluster,
                                                              const std::string& instance_arn,
                                                              const std::stop_token& stop) {
  std::vector<EcsRunningTask> tasks;
  json body{{"cluster", cluster}, {"containerInstance", instance_arn}, {"maxResults", kTasksAtOnce}};
  for (int page = 0; page < kMostPages; ++page) {
    const auto listed = call("ListTasks", body, stop);
    if (!listed) return listed.error();
    if (!listed->contains("taskArns"))
      return Error{Errc::malformed, "ecs ListTasks: no taskArns in the answer"};
    const auto& arns = list_of(*listed, "taskArns");
    if (!arns.empty()) {
      const auto answer = call("DescribeTasks", {{"cluster", cluster}, {"tasks", arns}}, stop);
      if (!answer) return answer.error();
      const auto& found = list_of(*answer, "tasks");
      if (found.size() + missing_in(*answer).size() < arns.size())
        return Error{Errc::malformed, fmt::format("ecs DescribeTasks: asked about {}, answered about {}",
                                                  arns.size(), found.size())};
      for (const auto& task : found) tasks.push_back(read_running_task(task));
    }
    const std::string next = text_of(*listed, "nextToken");
    if (next.empty()) return tasks;
    body["nextToken"] = next;
  }
  return Error{Errc::malformed, "ecs ListTasks: the list never ends"};
}

Result<TaskNeed> EcsPlacementApi::need_of(const std::string& task_definition_arn,
                                          const std::stop_token& stop) {
  const auto answer = call("DescribeTaskDefinition", {{"taskDefinition", task_definition_arn}}, stop);
  if (!answer) {
    const bool unknown =
        boost::algorithm::contains(answer.error().what, "Unable to describe task definition");
    return unknown ? Error{Errc::not_found, answer.error().what} : answer.error();
  }
  const auto& definition = object_of(*answer, "taskDefinition");
  if (list_of(definition, "containerDefinitions").empty())
    return Error{Errc::malformed, "ecs DescribeTaskDefinition: no containers in the answer"};
  return read_task_need(definition);
}

Result<std::set<std::string>> EcsPlacementApi::protected_tasks(const std::string& cluster,
                                                               const std::vector<std::string>& task_arns,
                                                               const std::stop_token& stop) {
  std::set<std::string> kept;
  for (std::size_t begin = 0; begin < task_arns.size(); begin += kTasksAtOnce) {
    const std::size_t end = std::min(begin + kTasksAtOnce, task_arns.size());
    const std::vector<std::string> batch{task_arns.begin() + static_cast<std::ptrdiff_t>(begin),
                                         task_arns.begin() + static_cast<std::ptrdiff_t>(end)};
    const auto answer = call("GetTaskProtection", {{"cluster", cluster}, {"tasks", batch}}, stop);
    if (!answer) return answer.error();
    for (const auto& task : list_of(*answer, "protectedTasks"))
      if (bool_of(task, "protectionEnabled").value_or(false)) kept.insert(text_of(task, "taskArn"));
  }
  return kept;
}

Result<std::map<std::string, std::string>> EcsPlacementApi::set_status(
    const std::string& cluster, const std::vector<std::string>& instance_arns, std::string_view status,
    const std::stop_token& stop) {
  std::map<std::string, std::string> refused;
  for (std::size_t begin = 0; begin < instance_arns.size(); begin += kInstancesAtOnce) {
    const std::size_t end = std::min(begin + kInstancesAtOnce, instance_arns.size());
    const std::vector<std::string> batch{instance_arns.begin() + static_cast<std::ptrdiff_t>(begin),
                                         instance_arns.begin() + static_cast<std::ptrdiff_t>(end)};
    const auto answer = call("UpdateContainerInstancesState",
                             {{"cluster", cluster}, {"containerInstances", batch}, {"status", status}}, stop);
    if (!answer) return answer.error();
    std::set<std::string> done;
    for (const auto& instance : list_of(*answer, "containerInstances"))
      if (text_of(instance, "status") == status) done.insert(text_of(instance, "containerInstanceArn"));
    for (const auto& failure : list_of(*answer, "failures"))
      refused[text_of(failure, "arn")] = text_of(failure, "reason");
    for (const auto& arn : batch)
      if (!done.contains(arn)) refused.emplace(arn, "ECS did not say that it is done");
  }
  return refused;
}

Result<void> EcsPlacementApi::set_attribute(const std::string& cluster, const std::string& instance_arn,
                                            const std::string& name, const std::string& value,
                                            const std::stop_token& stop) {
  json attribute{{"name", name}, {"targetId", instance_arn}};
  if (!value.empty()) attribute["value"] = value;
  const auto answer = call(value.empty() ? "DeleteAttributes" : "PutAttributes",
                           {{"cluster", cluster}, {"attributes", json::array({attribute})}}, stop);
  if (answer) return {};
  const bool gone = boost::algorithm::contains(answer.error().what, "TargetNotFound");
  if (gone && value.empty()) return {};
  return answer.error();
}

}  // namespace hakoban
