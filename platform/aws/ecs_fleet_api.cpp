#include "platform/aws/ecs_fleet_api.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "platform/aws/ecs_answers.h"
#include "platform/aws/ecs_fleet_answers.h"
#include "platform/json_fields.h"

namespace hakoban {
namespace {

using nlohmann::json;

constexpr int kPage = 100;
constexpr std::size_t kInstancesAtOnce = 100;
constexpr std::size_t kServicesAtOnce = 10;
// Far above ECS's own limits (5,000 instances and services a cluster): a list that never ends is broken.
constexpr int kMostPages = 1000;

class Reader {
 public:
  Reader(AwsClient& aws, const AwsRetryPolicy& policy, const std::string& cluster,
         const std::stop_token& stop)
      : aws_(aws), policy_(policy), cluster_(cluster), stop_(stop) {}

  // All ARNs of a List… action.
  [[nodiscard]] Result<std::vector<std::string>> list(std::string_view action, const char* key) const {
    std::vector<std::string> arns;
    json body{{"cluster", cluster_}, {"maxResults", kPage}};
    for (int page = 0; page < kMostPages; ++page) {
      const auto answer = call(action, body);
      if (!answer) return answer.error();
      // Without its list the answer is no page of nothing: half a cluster must never look like a small one.
      if (!answer->contains(key))
        return Error{Errc::malformed, fmt::format("ecs {}: no {} in the answer", action, key)};
      for (const auto& arn : list_of(*answer, key))
        if (arn.is_string()) arns.push_back(arn.get<std::string>());
      const std::string next = text_of(*answer, "nextToken");
      if (next.empty()) return arns;
      body["nextToken"] = next;
    }
    return Error{Errc::malformed, fmt::format("ecs {}: the list never ends", action)};
  }

  // Every object that a Describe… action answers about `arns`; those MISSING meanwhile are left out.
  template <class T, class Read>
  [[nodiscard]] Result<std::vector<T>> describe(std::string_view action, const char* key,
                                                const std::vector<std::string>& arns, std::size_t at_once,
                                                Read read) const {
    std::vector<T> all;
    for (std::size_t begin = 0; begin < arns.size(); begin += at_once) {
      const std::size_t end = std::min(begin + at_once, arns.size());
      const std::vector<std::string> batch{arns.begin() + static_cast<std::ptrdiff_t>(begin),
                                           arns.begin() + static_cast<std::ptrdiff_t>(end)};
      const auto answer = call(action, {{"cluster", cluster_}, {key, batch}});
      if (!answer) return answer.error();
      const auto& found = list_of(*answer, key);
      if (found.size() + missing_in(*answer).size() < batch.size())
        return Error{Errc::malformed, fmt::format("ecs {}: asked about {}, answered about {}", action,
                                                  batch.size(), found.size())};
      for (const auto& one : found) all.push_back(read(one));
    }
    return all;
  }

 private:
  [[nodiscard]] Result<json> call(std::string_view action, const json& body) const {
    return aws_.call_json(AwsService::ecs, fmt::format("{}{}", kEcsTarget, action), body, policy_, stop_);
  }

  AwsClient& aws_;
  const AwsRetryPolicy& policy_;
  const std::string& cluster_;
  const std::stop_token& stop_;
};

}  // namespace

EcsFleetApi::EcsFleetApi(AwsClient& aws, AwsRetryPolicy policy) : aws_(aws), policy_(policy) {}

Result<std::vector<EcsInstance>> EcsFleetApi::instances(const std::string& cluster,
                                                        const std::stop_token& stop) {
  const Reader reader{aws_, policy_, cluster, stop};
  const auto arns = reader.list("ListContainerInstances", "containerInstanceArns");
  if (!arns) return arns.error();
  return instances_named(cluster, *arns, stop);
}

Result<std::vector<EcsInstance>> EcsFleetApi::instances_named(const std::string& cluster,
                                                              const std::vector<std::string>& arns,
                                                              const std::stop_token& stop) {
  const Reader reader{aws_, policy_, cluster, stop};
  return reader.describe<EcsInstance>("DescribeContainerInstances", "containerInstances", arns,
                                      kInstancesAtOnce, read_ecs_instance);
}

Result<std::vector<EcsServiceStatus>> EcsFleetApi::services(const std::string& cluster, std::size_t events,
                                                            const std::stop_token& stop) {
  const Reader reader{aws_, policy_, cluster, stop};
  const auto arns = reader.list("ListServices", "serviceArns");
  if (!arns) return arns.error();
  return services_named(cluster, *arns, events, stop);
}

Result<std::vector<EcsServiceStatus>> EcsFleetApi::services_named(const std::string& cluster,
                                                                  const std::vector<std::string>& names,
                                                                  std::size_t events,
                                                                  const std::stop_token& stop) {
  const Reader reader{aws_, policy_, cluster, stop};
  return reader.describe<EcsServiceStatus>(
      "DescribeServices", "services", names, kServicesAtOnce,
      [events](const json& service) { return read_ecs_service_status(service, events); });
}

}  // namespace hakoban
