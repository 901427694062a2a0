#include "platform/aws/scaling_groups_api.h"

#include <algorithm>
#include <utility>

#include <boost/algorithm/string/predicate.hpp>
#include <fmt/format.h>
#include <pugixml.hpp>

#include "platform/aws/xml_fields.h"

namespace hakoban {
namespace {

constexpr std::string_view kVersion = "2011-01-01";
constexpr std::size_t kNamesAtOnce = 50;
constexpr int kMostPages = 200;

std::string template_of(const pugi::xml_node& specification) {
  std::string name = specification.child_value("LaunchTemplateId");
  if (name.empty()) name = specification.child_value("LaunchTemplateName");
  const std::string version = specification.child_value("Version");
  return name.empty() ? name : fmt::format("{}:{}", name, version.empty() ? "$Default" : version);
}

void read_mix(const pugi::xml_node& policy, PoolStatus& pool) {
  const auto launch = policy.child("LaunchTemplate");
  pool.launch_template = template_of(launch.child("LaunchTemplateSpecification"));
  for (const auto& override : launch.child("Overrides").children("member")) {
    const std::string type = override.child_value("InstanceType");
    if (!type.empty()) pool.types.push_back({type, integer_in(override, "WeightedCapacity").value_or(1)});
  }
  const auto on_demand =
      integer_in(policy.child("InstancesDistribution"), "OnDemandPercentageAboveBaseCapacity");
  pool.spot = on_demand.value_or(100) < 50;
}

PoolMember read_member(const pugi::xml_node& instance) {
  PoolMember member;
  member.ec2_id = instance.child_value("InstanceId");
  member.type = instance.child_value("InstanceType");
  member.zone = instance.child_value("AvailabilityZone");
  member.state = instance.child_value("LifecycleState");
  member.weight = integer_in(instance, "WeightedCapacity").value_or(1);
  member.protected_from_scale_in = std::string_view{instance.child_value("ProtectedFromScaleIn")} == "true";
  return member;
}

void add_zones(std::string_view text, std::vector<std::string>& zones) {
  if (!text.empty()) zones.emplace_back(text);
}

// Neither warmed ones nor those that an operator put on stand-by count.
bool is_of_the_capacity(std::string_view state) {
  return state != "Terminated" && state != "Detached" && !state.starts_with("Warmed") &&
         !state.ends_with("Standby");
}

// Errors: malformed, when it lacks what must never be guessed.
Result<PoolStatus> read_group(const pugi::xml_node& group) {
  PoolStatus pool;
  pool.name = group.child_value("AutoScalingGroupName");
  const auto target = integer_in(group, "DesiredCapacity");
  const auto min = integer_in(group, "MinSize");
  const auto max = integer_in(group, "MaxSize");
  if (pool.name.empty() || !target || !min || !max)
    return Error{
        Errc::malformed,
        "autoscaling DescribeAutoScalingGroups: a group without name, desired, least or most capacity"};
  pool.target = *target;
  pool.min = *min;
  pool.max = *max;
  pool.active = std::string_view{group.child_value("Status")}.empty();  // "Delete in progress"
  pool.launch_template = template_of(group.child("LaunchTemplate"));
  if (const auto mix = group.child("MixedInstancesPolicy")) read_mix(mix, pool);
  for (const auto& zone : group.child("AvailabilityZones").children("member"))
    add_zones(zone.child_value(), pool.zones);
  for (const auto& tag : group.child("Tags").children("member"))
    pool.tags[tag.child_value("Key")] = tag.child_value("Value");
  for (const auto& instance : group.child("Instances").children("member")) {
    auto member = read_member(instance);
    if (!member.ec2_id.empty() && is_of_the_capacity(member.state)) pool.members.push_back(std::move(member));
  }
  return pool;
}

// An instance, or an action, that is there no longer.
bool is_gone(const Error& error) {
  return error.code == Errc::not_found || boost::algorithm::icontains(error.what, "not found") ||
         boost::algorithm::icontains(error.what, "No active Lifecycle Action") ||
         boost::algorithm::icontains(error.what, "not part of Auto Scaling group");
}

AwsParams action_of(const std::string& group, const std::string& hook, const std::string& ec2_id) {
  return {{"AutoScalingGroupName", group}, {"LifecycleHookName", hook}, {"InstanceId", ec2_id}};
}

}  // namespace

ScalingGroupsApi::ScalingGroupsApi(AwsClient& aws, AwsRetryPolicy policy) : aws_(aws), policy_(policy) {}

Result<pugi::xml_document> ScalingGroupsApi::call(std::string_view action, AwsParams params,
                                                  const std::stop_token& stop) {
  return aws_.call_query(AwsService::autoscaling, kVersion, action, std::move(params), policy_, stop);
}

Result<std::vector<PoolStatus>> ScalingGroupsApi::describe(const std::vector<std::string>& names,
                                                           const std::stop_token& stop) {
  std::vector<PoolStatus> pools;
  for (std::size_t begin = 0; begin < names.size(); begin += kNamesAtOnce) {
    AwsParams params{{"MaxRecords", "100"}};
    for (std::size_t i = begin; i < std::min(begin + kNamesAtOnce, names.size()); ++i)
      params.emplace_back(fmt::format("AutoScalingGroupNames.member.{}", i - begin + 1), names[i]);
    std::string token;
    for (int page = 0; page == 0 || !token.empty(); ++page) {
      if (page == kMostPages)
        return Error{Errc::malformed, "autoscaling DescribeAutoScalingGroups: the list never ends"};
      auto asked = params;
      if (!token.empty()) asked.emplace_back("NextToken", token);
      const auto answer = call("DescribeAutoScalingGroups", std::move(asked), stop);
      if (!answer) return answer.error();
      const auto result = answer->document_element().child("DescribeAutoScalingGroupsResult");
      for (const auto& group : result.child("AutoScalingGroups").children("member")) {
        auto pool = read_group(group);
        if (!pool) return pool.error();
        pools.push_back(std::move(*pool));
      }
      token = result.child_value("NextToken");
    }
  }
  return pools;
}

Result<void> ScalingGroupsApi::grow(const std::string& pool, std::int64_t from, std::int64_t to,
                                    const std::stop_token& stop) {
  if (to <= from) return Error{Errc::invalid, fmt::format("{}: {} to {} is no growth", pool, from, to)};
  const auto now = describe({pool}, stop);
  if (!now) return now.error();
  if (now->empty()) return Error{Errc::not_found, fmt::format("{}: no such Auto Scaling group", pool)};
  if (now->front().target != from)
    return Error{Errc::exists, fmt::format("{}: its desired capacity was {} and is {}: changed by another",
                                           pool, from, now->front().target)};
  const auto answer = call(
      "SetDesiredCapacity",
      {{"AutoScalingGroupName", pool}, {"DesiredCapacity", std::to_string(to)}, {"HonorCooldown", "false"}},
      stop);
  if (!answer) return answer.error();
  return {};
}

Result<void> ScalingGroupsApi::release(const std::string& /*pool*/, const PoolMember& /*member*/,
                                       const std::stop_token& /*stop*/) {
  return {};
}

Result<void> ScalingGroupsApi::terminate(const std::string& pool, const PoolMember& member,
                                         const std::stop_token& stop) {
  const auto answer = call("TerminateInstanceInAutoScalingGroup",
                           {{"InstanceId", member.ec2_id}, {"ShouldDecrementDesiredCapacity", "true"}}, stop);
  if (answer || is_gone(answer.error())) return {};
  return answer.error().within(pool);
}

Result<void> ScalingGroupsApi::tag(const std::string& pool, const std::map<std::string, std::string>& tags,
                                   const std::stop_token& stop) {
  AwsParams params;
  int number = 0;
  for (const auto& [key, value] : tags) {
    const auto member = fmt::format("Tags.member.{}.", ++number);
    params.emplace_back(member + "ResourceId", pool);
    params.emplace_back(member + "ResourceType", "auto-scaling-group");
    params.emplace_back(member + "Key", key);
    params.emplace_back(member + "Value", value);
    params.emplace_back(member + "PropagateAtLaunch", "false");
  }
  const auto answer = call("CreateOrUpdateTags", std::move(params), stop);
  if (!answer) return answer.error();
  return {};
}

Result<std::vector<LifecycleHook>> ScalingGroupsApi::terminating_hooks(const std::string& group,
                                                                       const std::stop_token& stop) {
  const auto answer = call("DescribeLifecycleHooks", {{"AutoScalingGroupName", group}}, stop);
  if (!answer) return answer.error();
  std::vector<LifecycleHook> hooks;
  const auto result = answer->document_element().child("DescribeLifecycleHooksResult");
  for (const auto& hook : result.child("LifecycleHooks").children("member")) {
    if (std::string_view{hook.child_value("LifecycleTransition")} != "autoscaling:EC2_INSTANCE_TERMINATING")
      continue;
    hooks.push_back({hook.child_value("LifecycleHookName"),
                     std::chrono::seconds{integer_in(hook, "HeartbeatTimeout").value_or(3600)}});
  }
  return hooks;
}

Result<void> ScalingGroupsApi::complete(const std::string& group, const std::string& hook,
                                        const std::string& ec2_id, const std::stop_token& stop) {
  auto params = action_of(group, hook, ec2_id);
  params.emplace_back("LifecycleActionResult", "CONTINUE");
  const auto answer = call("CompleteLifecycleAction", std::move(params), stop);
  if (answer || is_gone(answer.error())) return {};
  return answer.error();
}

Result<void> ScalingGroupsApi::heartbeat(const std::string& group, const std::string& hook,
                                         const std::string& ec2_id, const std::stop_token& stop) {
  const auto answer = call("RecordLifecycleActionHeartbeat", action_of(group, hook, ec2_id), stop);
  if (answer) return {};
  if (is_gone(answer.error())) return Error{Errc::not_found, answer.error().what};
  return answer.error();
}

}  // namespace hakoban
