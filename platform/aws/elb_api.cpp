#include "platform/aws/elb_api.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <boost/algorithm/string/predicate.hpp>
#include <fmt/format.h>
#include <pugixml.hpp>

namespace hakoban {
namespace {

constexpr std::string_view kVersion = "2015-12-01";
constexpr std::size_t kGroupsAtOnce = 20;

template <class Number>
std::optional<Number> number_in(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

AwsParams params_for(const std::string& group_arn, std::span<const TargetRef> targets) {
  AwsParams params{{"TargetGroupArn", group_arn}};
  for (std::size_t i = 0; i < targets.size(); ++i) {
    const std::string member = fmt::format("Targets.member.{}.", i + 1);
    params.emplace_back(member + "Id", targets[i].target_id);
    params.emplace_back(member + "Port", std::to_string(targets[i].port));
  }
  return params;
}

// ELB has no Errc of its own for a target whose instance is gone; the adapter's errors carry the code as
// text.
bool is_about_invalid_target(const Error& error) {
  return error.code == Errc::invalid && boost::algorithm::contains(error.what, " InvalidTarget:");
}

const TargetHealth kNotRegistered{"", 0, "unused", "Target.NotRegistered"};

std::vector<TargetHealth> read_health(const pugi::xml_document& answer) {
  std::vector<TargetHealth> health;
  const auto list =
      answer.document_element().child("DescribeTargetHealthResult").child("TargetHealthDescriptions");
  for (const auto& member : list.children("member")) {
    const auto target = member.child("Target");
    const auto state = member.child("TargetHealth");
    health.push_back({target.child_value("Id"),
                      number_in<std::uint16_t>(target.child_value("Port")).value_or(0),
                      state.child_value("State"), state.child_value("Reason")});
  }
  return health;
}

// The health of each of `targets`, in their order; `absent` for one that the answer does not have. One
// without a state makes the answer malformed: it must not pass for "unused".
Result<std::vector<TargetHealth>> in_order(std::span<const TargetRef> targets,
                                           const std::vector<TargetHealth>& answered,
                                           const std::optional<TargetHealth>& absent) {
  std::vector<TargetHealth> health;
  for (const auto& target : targets) {
    const auto found = std::find_if(answered.begin(), answered.end(), [&](const TargetHealth& one) {
      return one.target_id == target.target_id && one.port == target.port;
    });
    TargetHealth one = found != answered.end() ? *found : absent.value_or(TargetHealth{});
    if (one.state.empty())
      return Error{Errc::malformed, fmt::format("elbv2 DescribeTargetHealth: no state of {}:{} in the answer",
                                                target.target_id, target.port)};
    one.target_id = target.target_id;
    one.port = target.port;
    health.push_back(std::move(one));
  }
  return health;
}

Result<std::vector<TargetHealth>> all_unused(std::span<const TargetRef> targets) {
  return in_order(targets, {}, kNotRegistered);
}

// What DescribeTargetGroups says of the groups named; not_found when any of them is gone.
Result<std::map<std::string, TargetGroupFacts>> groups_named(AwsClient& aws, const AwsRetryPolicy& policy,
                                                             std::span<const std::string> arns,
                                                             const std::stop_token& stop) {
  AwsParams params;
  for (std::size_t i = 0; i < arns.size(); ++i)
    params.emplace_back(fmt::format("TargetGroupArns.member.{}", i + 1), arns[i]);
  const auto answer =
      aws.call_query(AwsService::elb_v2, kVersion, "DescribeTargetGroups", std::move(params), policy, stop);
  if (!answer) return answer.error();
  std::map<std::string, TargetGroupFacts> groups;
  const auto list = answer->document_element().child("DescribeTargetGroupsResult").child("TargetGroups");
  for (const auto& member : list.children("member"))
    groups[member.child_value("TargetGroupArn")].target_type = member.child_value("TargetType");
  groups.erase("");
  return groups;
}

// One group that is gone fails the call for all: then each half is asked for itself.
Result<std::map<std::string, TargetGroupFacts>> groups_left(AwsClient& aws, const AwsRetryPolicy& policy,
                                                            std::span<const std::string> arns,
                                                            const std::stop_token& stop) {
  auto groups = groups_named(aws, policy, arns, stop);
  if (groups || groups.error().code != Errc::not_found) return groups;
  if (arns.size() == 1) return std::map<std::string, TargetGroupFacts>{};
  const auto half = arns.size() / 2;
  auto first = groups_left(aws, policy, arns.first(half), stop);
  if (!first) return first;
  auto second = groups_left(aws, policy, arns.subspan(half), stop);
  if (!second) return second;
  first->merge(*second);
  return first;
}

// Errors: not_found when the group has gone meanwhile.
Result<Duration> deregistration_delay(AwsClient& aws, const AwsRetryPolicy& policy, const std::string& arn,
                                      const std::stop_token& stop) {
  const auto answer = aws.call_query(AwsService::elb_v2, kVersion, "DescribeTargetGroupAttributes",
                                     {{"TargetGroupArn", arn}}, policy, stop);
  if (!answer) return answer.error();
  const auto list =
      answer->document_element().child("DescribeTargetGroupAttributesResult").child("Attributes");
  for (const auto& member : list.children("member")) {
    if (std::string_view{member.child_value("Key")} != "deregistration_delay.timeout_seconds") continue;
    const auto seconds = number_in<std::uint32_t>(member.child_value("Value"));
    if (seconds && *seconds <= 3600) return Duration{std::chrono::seconds{*seconds}};
  }
  return Error{
      Errc::malformed,
      fmt::format("elbv2 DescribeTargetGroupAttributes: no deregistration delay of {} in the answer", arn)};
}

}  // namespace

ElbApi::ElbApi(AwsClient& aws, AwsRetryPolicy policy) : aws_(aws), policy_(policy) {}

Result<std::map<std::string, TargetGroupFacts>> ElbApi::describe_groups(
    std::span<const std::string> group_arns, const std::stop_token& stop) {
  std::map<std::string, TargetGroupFacts> groups;
  for (std::size_t begin = 0; begin < group_arns.size(); begin += kGroupsAtOnce) {
    const auto batch = group_arns.subspan(begin, std::min(kGroupsAtOnce, group_arns.size() - begin));
    auto found = groups_left(aws_, policy_, batch, stop);
    if (!found) return found;
    groups.merge(*found);
  }
  for (auto group = groups.begin(); group != groups.end();) {
    const auto delay = deregistration_delay(aws_, policy_, group->first, stop);
    if (!delay && delay.error().code != Errc::not_found) return delay.error();
    if (delay) group->second.deregistration_delay = *delay;
    group = delay ? std::next(group) : groups.erase(group);
  }
  return groups;
}

Result<std::vector<TargetHealth>> ElbApi::target_health(const std::string& group_arn,
                                                        std::span<const TargetRef> targets,
                                                        const std::stop_token& stop) {
  if (targets.empty()) return std::vector<TargetHealth>{};
  const auto ask = [&](AwsParams params) {
    return aws_.call_query(AwsService::elb_v2, kVersion, "DescribeTargetHealth", std::move(params), policy_,
                           stop);
  };
  const auto answer = ask(params_for(group_arn, targets));
  if (answer) return in_order(targets, read_health(*answer), std::nullopt);
  if (answer.error().code == Errc::not_found) return all_unused(targets);
  if (!is_about_invalid_target(answer.error())) return answer.error();
  // One target does not exist any more: the whole group's list tells about the others.
  const auto list = ask({{"TargetGroupArn", group_arn}});
  if (list) return in_order(targets, read_health(*list), kNotRegistered);
  if (list.error().code == Errc::not_found) return all_unused(targets);
  return list.error();
}

Result<void> ElbApi::deregister_targets(const std::string& group_arn, std::span<const TargetRef> targets,
                                        const std::stop_token& stop) {
  if (targets.empty()) return {};
  const auto answer = aws_.call_query(AwsService::elb_v2, kVersion, "DeregisterTargets",
                                      params_for(group_arn, targets), policy_, stop);
  if (answer || answer.error().code == Errc::not_found) return {};
  if (!is_about_invalid_target(answer.error())) return answer.error();
  // One that does not exist must not keep the others in.
  if (targets.size() == 1) return {};
  for (std::size_t i = 0; i < targets.size(); ++i) {
    if (auto one = deregister_targets(group_arn, targets.subspan(i, 1), stop); !one) return one;
  }
  return {};
}

}  // namespace hakoban
