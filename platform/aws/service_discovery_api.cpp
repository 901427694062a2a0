#include "platform/aws/service_discovery_api.h"

#include <boost/algorithm/string/predicate.hpp>
#include <nlohmann/json.hpp>

namespace hakoban {

Result<void> ServiceDiscoveryApi::deregister_instance(const std::string& service_id,
                                                      const std::string& instance_id,
                                                      const std::stop_token& stop) {
  const auto answer =
      aws_.call_json(AwsService::service_discovery, "Route53AutoNaming_v20170314.DeregisterInstance",
                     {{"ServiceId", service_id}, {"InstanceId", instance_id}}, policy_, stop);
  if (answer || answer.error().code == Errc::not_found) return {};
  // The same operation is under way already.
  if (boost::algorithm::contains(answer.error().what, " DuplicateRequest")) return {};
  return answer.error();
}

}  // namespace hakoban
