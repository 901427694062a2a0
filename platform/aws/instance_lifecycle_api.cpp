#include "platform/aws/instance_lifecycle_api.h"

#include <charconv>

#include <boost/algorithm/string/predicate.hpp>
#include <pugixml.hpp>

namespace hakoban {
namespace {

constexpr std::string_view kVersion = "2011-01-01";
constexpr std::string_view kTerminating = "autoscaling:EC2_INSTANCE_TERMINATING";

std::optional<Duration> seconds_in(std::string_view text) {
  long seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  if (seconds <= 0 || seconds > 172800) return std::nullopt;
  return std::chrono::seconds{seconds};
}

// ASG's one code for all that is wrong is ValidationError; only its words tell them apart.
bool holds_no_more(const Error& error) {
  return boost::algorithm::icontains(error.what, "no active lifecycle action");
}

}  // namespace

Result<TerminationHooks> InstanceLifecycleApi::find(const std::string& instance_id,
                                                    const std::stop_token& stop) {
  const auto instances = aws_.call_query(AwsService::autoscaling, kVersion, "DescribeAutoScalingInstances",
                                         {{"InstanceIds.member.1", instance_id}}, policy_, stop);
  if (!instances) return instances.error();
  TerminationHooks found;
  found.group = instances->document_element()
                    .child("DescribeAutoScalingInstancesResult")
                    .child("AutoScalingInstances")
                    .child("member")
                    .child_value("AutoScalingGroupName");
  if (found.group.empty()) return found;
  const auto hooks = aws_.call_query(AwsService::autoscaling, kVersion, "DescribeLifecycleHooks",
                                     {{"AutoScalingGroupName", found.group}}, policy_, stop);
  if (!hooks) return hooks.error();
  const auto list = hooks->document_element().child("DescribeLifecycleHooksResult").child("LifecycleHooks");
  for (const auto& member : list.children("member")) {
    if (member.child_value("LifecycleTransition") != kTerminating) continue;
    TerminationHook hook;
    hook.name = member.child_value("LifecycleHookName");
    hook.heartbeat_timeout =
        seconds_in(member.child_value("HeartbeatTimeout")).value_or(hook.heartbeat_timeout);
    if (!hook.name.empty()) found.hooks.push_back(std::move(hook));
  }
  return found;
}

Result<void> InstanceLifecycleApi::heartbeat(const std::string& group, const std::string& hook,
                                             const std::string& instance_id, const std::stop_token& stop) {
  const auto answer = aws_.call_query(
      AwsService::autoscaling, kVersion, "RecordLifecycleActionHeartbeat",
      {{"AutoScalingGroupName", group}, {"LifecycleHookName", hook}, {"InstanceId", instance_id}}, policy_,
      stop);
  if (answer || holds_no_more(answer.error())) return {};
  return answer.error();
}

Result<void> InstanceLifecycleApi::complete(const std::string& group, const std::string& hook,
                                            const std::string& instance_id, const std::stop_token& stop) {
  const auto answer = aws_.call_query(AwsService::autoscaling, kVersion, "CompleteLifecycleAction",
                                      {{"AutoScalingGroupName", group},
                                       {"LifecycleHookName", hook},
                                       {"InstanceId", instance_id},
                                       {"LifecycleActionResult", "CONTINUE"}},
                                      policy_, stop);
  if (answer || holds_no_more(answer.error())) return {};
  return answer.error();
}

}  // namespace hakoban
