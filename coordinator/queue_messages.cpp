#include "coordinator/queue_messages.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "platform/json_fields.h"

namespace hakoban {
namespace {

using nlohmann::json;

constexpr std::size_t kLongestName = 512;
constexpr std::int64_t kMostCpu = 1 << 20;        // 1024 vCPUs
constexpr std::int64_t kMostMemory = 64LL << 20;  // 64 TiB, in MiB
constexpr int kDeepestEnvelope = 2;               // SNS in SNS at most

Error malformed(std::string what) {
  return {Errc::malformed, std::move(what)};
}

std::optional<TimePoint> time_of(const json& object, const char* key) {
  const auto time = parse_rfc3339(text_of(object, key));
  return time ? std::optional{*time} : std::nullopt;
}

bool is_ec2_id(const std::string& id) {
  return id.starts_with("i-") && id.size() <= 32 &&
         id.find_first_not_of("0123456789abcdefghijklmnopqrstuvwxyz-") == std::string::npos;
}

std::string last_part(const std::string& arn) {
  return arn.substr(arn.rfind('/') + 1);
}

Result<QueueEvent> read_job(const json& message) {
  JobWaits job{
      text_of(message, "hako_task_id"), text_of(message, "cluster"), text_of(message, "group_name"), {}};
  const auto cpu = integer_of(message, "cpu");
  const auto memory = integer_of(message, "memory");
  if (job.id.empty() || job.id.size() > kLongestName)
    return malformed("a waiting job without a fit hako_task_id");
  if (!cpu || !memory || *cpu < 0 || *cpu > kMostCpu || *memory < 0 || *memory > kMostMemory ||
      *cpu + *memory == 0)
    return malformed(fmt::format("waiting job {}: cpu and memory are not what a task may need", job.id));
  job.need.cpu = *cpu;
  job.need.memory = *memory;
  return QueueEvent{std::move(job)};
}

Result<QueueEvent> read_lifecycle(const json& detail) {
  HostHeld held{text_of(detail, "EC2InstanceId"), text_of(detail, "AutoScalingGroupName"),
                text_of(detail, "LifecycleHookName")};
  const std::string transition = text_of(detail, "LifecycleTransition");
  if (transition != "autoscaling:EC2_INSTANCE_TERMINATING") return QueueEvent{NothingToDo{transition}};
  if (!is_ec2_id(held.ec2_id) || held.group.empty())
    return malformed("a lifecycle action without instance or group");
  return QueueEvent{std::move(held)};
}

Result<QueueEvent> read_task(const json& detail, std::string_view whole) {
  TaskChanged task;
  task.cluster = text_of(detail, "clusterArn");
  task.task_arn = text_of(detail, "taskArn");
  // It becomes a part of a key.
  if (!task.task_arn.starts_with("arn:") || task.task_arn.size() > kLongestName ||
      task.task_arn.find("..") != std::string::npos)
    return malformed("a task's change without a fit taskArn");
  const auto& containers = list_of(detail, "containers");
  task.stopped = text_of(detail, "lastStatus") == "STOPPED";
  task.started = !containers.empty() &&
                 std::all_of(containers.begin(), containers.end(),
                             [](const json& one) { return text_of(one, "lastStatus") == "RUNNING"; });
  task.event = whole;
  return QueueEvent{std::move(task)};
}

Result<QueueEvent> read_service_action(const json& event) {
  const auto& detail = object_of(event, "detail");
  const std::string name = text_of(detail, "eventName");
  if (name != "SERVICE_TASK_PLACEMENT_FAILURE") return QueueEvent{NothingToDo{name}};
  const auto& resources = list_of(event, "resources");
  if (resources.empty() || !resources.front().is_string())
    return malformed("a service's event without its ARN");
  return QueueEvent{
      PlacementFailed{text_of(detail, "clusterArn"), last_part(resources.front().get<std::string>())}};
}

Result<QueueEvent> read_event(const json& event, std::string_view whole) {
  const std::string source = text_of(event, "source");
  const std::string type = text_of(event, "detail-type");
  const auto& detail = object_of(event, "detail");
  if (source == "aws.ec2" && type == "EC2 Spot Instance Interruption Warning") {
    HostReclaimed host{text_of(detail, "instance-id"), text_of(detail, "instance-action")};
    if (!is_ec2_id(host.ec2_id)) return malformed("a spot warning without instance-id");
    return QueueEvent{std::move(host)};
  }
  if (source == "aws.autoscaling" && type == "EC2 Instance-terminate Lifecycle Action")
    return read_lifecycle(detail);
  if (source == "aws.ecs" && type == "ECS Task State Change") return read_task(detail, whole);
  if (source == "aws.ecs" && type == "ECS Service Action") return read_service_action(event);
  return QueueEvent{NothingToDo{fmt::format("{}: {}", source, type)}};
}

Result<QueueNews> read_message(std::string_view body, int depth) {
  const auto message = json::parse(body, nullptr, false);
  if (!message.is_object()) return malformed("not a JSON object");
  const auto news = [](Result<QueueEvent> event, std::optional<TimePoint> said_at) -> Result<QueueNews> {
    if (!event) return event.error();
    return QueueNews{std::move(*event), said_at};
  };
  if (message.contains("Message") && message.contains("TopicArn")) {
    if (depth >= kDeepestEnvelope) return malformed("an SNS message in an SNS message in …");
    auto inner = read_message(text_of(message, "Message"), depth + 1);
    if (inner && !inner->said_at) inner->said_at = time_of(message, "Timestamp");
    return inner;
  }
  if (message.contains("detail-type")) return news(read_event(message, body), time_of(message, "time"));
  if (message.contains("LifecycleTransition")) return news(read_lifecycle(message), time_of(message, "Time"));
  if (message.contains("hako_task_id")) return news(read_job(message), std::nullopt);
  // Of an Auto Scaling group, when its notifications were set up.
  if (text_of(message, "Event") == "autoscaling:TEST_NOTIFICATION") return QueueNews{NothingToDo{"test"}, {}};
  return malformed("no message that is known here");
}

}  // namespace

Result<QueueNews> read_queue_message(std::string_view body) {
  return read_message(body, 0);
}

}  // namespace hakoban
