#include "platform/aws/ecs_api.h"

#include <algorithm>

#include <boost/algorithm/string/predicate.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "platform/aws/ecs_answers.h"
#include "platform/json_fields.h"

namespace hakoban {
namespace {

using nlohmann::json;

constexpr std::size_t kTasksAtOnce = 100;
constexpr std::size_t kServicesAtOnce = 10;

Result<json> call(AwsClient& aws, const AwsRetryPolicy& policy, std::string_view action, const json& body,
                  const std::stop_token& stop) {
  return aws.call_json(AwsService::ecs, fmt::format("{}{}", kEcsTarget, action), body, policy, stop);
}

// Asks for `names` in batches and reads what stands under `list_key` of each answer.
template <class T, class Read>
Result<EcsBatch<T>> describe(std::span<const std::string> names, std::size_t at_once, const char* list_key,
                             Read read, const auto& ask) {
  EcsBatch<T> all;
  for (std::size_t begin = 0; begin < names.size(); begin += at_once) {
    const auto batch = names.subspan(begin, std::min(at_once, names.size() - begin));
    const Result<json> answer = ask(json(std::vector<std::string>{batch.begin(), batch.end()}));
    if (!answer) return answer.error();
    for (const auto& found : list_of(*answer, list_key)) all.found.push_back(read(found));
    auto missing = missing_in(*answer);
    std::move(missing.begin(), missing.end(), std::back_inserter(all.missing));
  }
  return all;
}

// An answer about one container instance that failed says why in `failures`, with status 200.
std::optional<Error> failure_of(const json& answer, std::string_view action) {
  const auto& failures = list_of(answer, "failures");
  if (failures.empty()) return std::nullopt;
  const std::string reason = text_of(failures.front(), "reason");
  const std::string detail = text_of(failures.front(), "detail");
  const Errc code = reason == "MISSING" ? Errc::not_found : Errc::invalid;
  return Error{code, fmt::format("ecs {}: {}: {}{}{}", action, text_of(failures.front(), "arn"), reason,
                                 detail.empty() ? "" : ": ", detail)};
}

// The one container instance of the answer.
Result<json> only_instance(const json& answer, std::string_view action) {
  if (const auto failure = failure_of(answer, action)) return *failure;
  const auto& instances = list_of(answer, "containerInstances");
  if (instances.size() != 1 || text_of(instances.front(), "status").empty())
    return Error{Errc::malformed, fmt::format("ecs {}: no container instance in the answer", action)};
  return Result<json>{boost::system::in_place_value, instances.front()};
}

}  // namespace

EcsApi::EcsApi(AwsClient& aws, AwsRetryPolicy policy) : aws_(aws), policy_(policy) {}

Result<EcsBatch<EcsTask>> EcsApi::describe_tasks(const std::string& cluster,
                                                 std::span<const std::string> arns,
                                                 const std::stop_token& stop) {
  return describe<EcsTask>(arns, kTasksAtOnce, "tasks", read_ecs_task, [&](const json& batch) {
    return call(aws_, policy_, "DescribeTasks",
                {{"cluster", cluster}, {"tasks", batch}, {"include", {"TAGS"}}}, stop);
  });
}

Result<EcsTaskDefinition> EcsApi::describe_task_definition(const std::string& family_revision_or_arn,
                                                           const std::stop_token& stop) {
  const auto answer =
      call(aws_, policy_, "DescribeTaskDefinition", {{"taskDefinition", family_revision_or_arn}}, stop);
  if (!answer) {
    // ECS has no error code of its own for it.
    const bool unknown =
        answer.error().code == Errc::invalid &&
        boost::algorithm::contains(answer.error().what, "Unable to describe task definition");
    return unknown ? Error{Errc::not_found, answer.error().what} : answer.error();
  }
  auto definition = read_ecs_task_definition(object_of(*answer, "taskDefinition"));
  if (definition.arn.empty())
    return Error{Errc::malformed, "ecs DescribeTaskDefinition: no task definition in the answer"};
  return definition;
}

Result<EcsBatch<EcsService>> EcsApi::describe_services(const std::string& cluster,
                                                       std::span<const std::string> names,
                                                       const std::stop_token& stop) {
  return describe<EcsService>(names, kServicesAtOnce, "services", read_ecs_service, [&](const json& batch) {
    return call(aws_, policy_, "DescribeServices", {{"cluster", cluster}, {"services", batch}}, stop);
  });
}

Result<void> EcsApi::set_instance_status(const std::string& cluster,
                                         const std::string& container_instance_arn, std::string_view status,
                                         const std::stop_token& stop) {
  constexpr std::string_view kAction = "UpdateContainerInstancesState";
  const json body{{"cluster", cluster}, {"containerInstances", {container_instance_arn}}, {"status", status}};
  const auto answer = call(aws_, policy_, kAction, body, stop);
  if (!answer) return answer.error();
  const auto instance = only_instance(*answer, kAction);
  if (!instance) return instance.error();
  if (const auto now = text_of(*instance, "status"); now != status)
    return Error{Errc::unavailable, fmt::format("ecs {}: asked for {}, is {}", kAction, status, now)};
  return {};
}

Result<std::string> EcsApi::instance_status(const std::string& cluster,
                                            const std::string& container_instance_arn,
                                            const std::stop_token& stop) {
  constexpr std::string_view kAction = "DescribeContainerInstances";
  const auto answer = call(aws_, policy_, kAction,
                           {{"cluster", cluster}, {"containerInstances", {container_instance_arn}}}, stop);
  if (!answer) return answer.error();
  const auto instance = only_instance(*answer, kAction);
  if (!instance) return instance.error();
  return text_of(*instance, "status");
}

Result<void> EcsApi::stop_task(const std::string& cluster, const std::string& task_arn,
                               std::string_view reason, const std::stop_token& stop) {
  const auto answer =
      call(aws_, policy_, "StopTask", {{"cluster", cluster}, {"task", task_arn}, {"reason", reason}}, stop);
  if (answer) return {};
  const auto& error = answer.error();
  const bool no_such_cluster = boost::algorithm::contains(error.what, "ClusterNotFoundException");
  // ECS says "The referenced task was not found" with the code InvalidParameterException.
  const bool gone =
      error.code == Errc::not_found || boost::algorithm::contains(error.what, "task was not found");
  if (gone && !no_such_cluster) return {};
  return error;
}

}  // namespace hakoban
