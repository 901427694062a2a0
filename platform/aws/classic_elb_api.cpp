#include "platform/aws/classic_elb_api.h"

#include <boost/algorithm/string/predicate.hpp>
#include <fmt/format.h>
#include <pugixml.hpp>

namespace hakoban {
namespace {

constexpr std::string_view kVersion = "2012-06-01";

AwsParams params_for(const std::string& load_balancer, const std::string& instance_id) {
  return {{"LoadBalancerName", load_balancer}, {"Instances.member.1.InstanceId", instance_id}};
}

// The adapter's errors carry AWS's code as text. InvalidInstance: not registered, or no such instance.
bool is_gone(const Error& error) {
  return error.code == Errc::not_found || boost::algorithm::contains(error.what, " InvalidInstance:");
}

}  // namespace

Result<void> ClassicElbApi::deregister_instance(const std::string& load_balancer,
                                                const std::string& instance_id, const std::stop_token& stop) {
  const auto answer = aws_.call_query(AwsService::elb, kVersion, "DeregisterInstancesFromLoadBalancer",
                                      params_for(load_balancer, instance_id), policy_, stop);
  if (answer || is_gone(answer.error())) return {};
  return answer.error();
}

Result<ClassicStanding> ClassicElbApi::standing(const std::string& load_balancer,
                                                const std::string& instance_id, const std::stop_token& stop) {
  const auto answer = aws_.call_query(AwsService::elb, kVersion, "DescribeInstanceHealth",
                                      params_for(load_balancer, instance_id), policy_, stop);
  if (!answer) {
    if (is_gone(answer.error())) return ClassicStanding::gone;
    return answer.error();
  }
  const auto states =
      answer->document_element().child("DescribeInstanceHealthResult").child("InstanceStates");
  for (const auto& member : states.children("member")) {
    if (member.child_value("InstanceId") != instance_id) continue;
    const std::string_view description = member.child_value("Description");
    // "Instance deregistration currently in progress.", "Instance is not currently registered with the
    // LoadBalancer."
    if (boost::algorithm::icontains(description, "deregistration currently in progress")) {
      return ClassicStanding::deregistering;
    }
    if (boost::algorithm::icontains(description, "not currently registered")) return ClassicStanding::gone;
    return ClassicStanding::registered;
  }
  return Error{Errc::malformed,
               fmt::format("elb DescribeInstanceHealth: no state of {} in the answer", instance_id)};
}

}  // namespace hakoban
