#include "platform/aws/spot_fleets_api.h"

#include <algorithm>
#include <utility>

#include <boost/algorithm/string/predicate.hpp>
#include <fmt/format.h>
#include <pugixml.hpp>

#include "platform/aws/xml_fields.h"

namespace hakoban {
namespace {

constexpr std::string_view kVersion = "2016-11-15";
constexpr int kMostPages = 200;

// One type may stand in several launch specifications, one a subnet.
void add_type(PoolStatus& pool, const std::string& name, std::int64_t weight) {
  const bool known = std::any_of(pool.types.begin(), pool.types.end(),
                                 [&](const PoolTypeSpec& type) { return type.name == name; });
  if (!name.empty() && !known) pool.types.push_back({name, weight});
}

void add_zone(PoolStatus& pool, const std::string& zone) {
  const bool known = std::find(pool.zones.begin(), pool.zones.end(), zone) != pool.zones.end();
  if (!zone.empty() && !known) pool.zones.push_back(zone);
}

void read_template(const pugi::xml_node& config, PoolStatus& pool) {
  const auto specification = config.child("launchTemplateSpecification");
  std::string name = specification.child_value("launchTemplateId");
  if (name.empty()) name = specification.child_value("launchTemplateName");
  const std::string version = specification.child_value("version");
  if (!name.empty())
    pool.launch_template = fmt::format("{}:{}", name, version.empty() ? "$Default" : version);
  for (const auto& override : config.child("overrides").children("item")) {
    add_type(pool, override.child_value("instanceType"),
             integer_in(override, "weightedCapacity").value_or(1));
    add_zone(pool, override.child_value("availabilityZone"));
  }
}

// Errors: malformed, when it lacks what must never be guessed.
Result<PoolStatus> read_fleet(const pugi::xml_node& item) {
  PoolStatus pool;
  pool.name = item.child_value("spotFleetRequestId");
  pool.spot = true;
  const std::string_view state = item.child_value("spotFleetRequestState");
  pool.active = state == "active" || state == "modifying" || state == "submitted";
  const auto config = item.child("spotFleetRequestConfig");
  const auto target = integer_in(config, "targetCapacity");
  if (pool.name.empty() || !target)
    return Error{Errc::malformed, "ec2 DescribeSpotFleetRequests: a fleet without id or target capacity"};
  pool.target = *target;
  for (const auto& launch : config.child("launchSpecifications").children("item")) {
    add_type(pool, launch.child_value("instanceType"), integer_in(launch, "weightedCapacity").value_or(1));
    add_zone(pool, launch.child("placement").child_value("availabilityZone"));
  }
  for (const auto& launch : config.child("launchTemplateConfigs").children("item"))
    read_template(launch, pool);
  for (const auto& tag : item.child("tagSet").children("item"))
    pool.tags[tag.child_value("key")] = tag.child_value("value");
  return pool;
}

bool is_gone(const Error& error) {
  return error.code == Errc::not_found ||
         boost::algorithm::contains(error.what, "InvalidInstanceID.NotFound");
}

std::int64_t weight_of(const PoolStatus& pool, const std::string& type) {
  const auto found = std::find_if(pool.types.begin(), pool.types.end(),
                                  [&](const PoolTypeSpec& one) { return one.name == type; });
  return found == pool.types.end() ? 1 : found->weight;
}

}  // namespace

SpotFleetsApi::SpotFleetsApi(AwsClient& aws, AwsRetryPolicy policy) : aws_(aws), policy_(policy) {}

Result<pugi::xml_document> SpotFleetsApi::call(std::string_view action, AwsParams params,
                                               const std::stop_token& stop) {
  return aws_.call_query(AwsService::ec2, kVersion, action, std::move(params), policy_, stop);
}

Result<std::vector<PoolStatus>> SpotFleetsApi::fleets(const std::vector<std::string>& ids,
                                                      const std::stop_token& stop) {
  AwsParams params;
  for (std::size_t i = 0; i < ids.size(); ++i)
    params.emplace_back(fmt::format("SpotFleetRequestId.{}", i + 1), ids[i]);
  const auto answer = call("DescribeSpotFleetRequests", std::move(params), stop);
  if (!answer) return answer.error();
  std::vector<PoolStatus> pools;
  for (const auto& item : answer->document_element().child("spotFleetRequestConfigSet").children("item")) {
    auto pool = read_fleet(item);
    if (!pool) return pool.error();
    const bool asked = std::find(ids.begin(), ids.end(), pool->name) != ids.end();
    if (asked) pools.push_back(std::move(*pool));
  }
  return pools;
}

Result<void> SpotFleetsApi::add_members(PoolStatus& pool, const std::stop_token& stop) {
  std::string token;
  for (int page = 0; page == 0 || !token.empty(); ++page) {
    if (page == kMostPages)
      return Error{Errc::malformed, "ec2 DescribeSpotFleetInstances: the list never ends"};
    AwsParams params{{"SpotFleetRequestId", pool.name}};
    if (!token.empty()) params.emplace_back("NextToken", token);
    const auto answer = call("DescribeSpotFleetInstances", std::move(params), stop);
    if (!answer) return answer.error();
    for (const auto& item : answer->document_element().child("activeInstanceSet").children("item")) {
      PoolMember member;
      member.ec2_id = item.child_value("instanceId");
      member.type = item.child_value("instanceType");
      member.state = "InService";
      member.weight = weight_of(pool, member.type);
      if (!member.ec2_id.empty()) pool.members.push_back(std::move(member));
    }
    token = answer->document_element().child_value("nextToken");
  }
  return {};
}

Result<std::vector<PoolStatus>> SpotFleetsApi::describe(const std::vector<std::string>& names,
                                                        const std::stop_token& stop) {
  if (names.empty()) return std::vector<PoolStatus>{};
  auto pools = fleets(names, stop);
  if (!pools) return pools;
  for (auto& pool : *pools)
    if (auto added = add_members(pool, stop); !added) return added.error();
  return pools;
}

Result<void> SpotFleetsApi::set_target(const std::string& pool, std::int64_t target,
                                       const std::stop_token& stop) {
  const auto answer = call("ModifySpotFleetRequest",
                           {{"SpotFleetRequestId", pool},
                            {"TargetCapacity", std::to_string(target)},
                            {"ExcessCapacityTerminationPolicy", "noTermination"}},
                           stop);
  if (!answer) return answer.error();
  if (std::string_view{answer->document_element().child_value("return")} == "true") return {};
  return Error{Errc::unavailable, fmt::format("ec2 ModifySpotFleetRequest: {}: not carried out", pool)};
}

Result<void> SpotFleetsApi::grow(const std::string& pool, std::int64_t from, std::int64_t to,
                                 const std::stop_token& stop) {
  if (to <= from) return Error{Errc::invalid, fmt::format("{}: {} to {} is no growth", pool, from, to)};
  const auto now = fleets({pool}, stop);
  if (!now) return now.error();
  if (now->empty()) return Error{Errc::not_found, fmt::format("{}: no such Spot Fleet", pool)};
  if (now->front().target != from)
    return Error{Errc::exists, fmt::format("{}: its target capacity was {} and is {}: changed by another",
                                           pool, from, now->front().target)};
  return set_target(pool, to, stop);
}

Result<void> SpotFleetsApi::release(const std::string& pool, const PoolMember& member,
                                    const std::stop_token& stop) {
  const auto now = fleets({pool}, stop);
  if (!now) return now.error();
  if (now->empty()) return Error{Errc::not_found, fmt::format("{}: no such Spot Fleet", pool)};
  return set_target(pool, std::max<std::int64_t>(0, now->front().target - member.weight), stop);
}

Result<void> SpotFleetsApi::terminate(const std::string& pool, const PoolMember& member,
                                      const std::stop_token& stop) {
  const auto answer = call("TerminateInstances", {{"InstanceId.1", member.ec2_id}}, stop);
  if (answer || is_gone(answer.error())) return {};
  return answer.error().within(pool);
}

Result<void> SpotFleetsApi::tag(const std::string& pool, const std::map<std::string, std::string>& tags,
                                const std::stop_token& stop) {
  AwsParams params{{"ResourceId.1", pool}};
  int number = 0;
  for (const auto& [key, value] : tags) {
    params.emplace_back(fmt::format("Tag.{}.Key", ++number), key);
    params.emplace_back(fmt::format("Tag.{}.Value", number), value);
  }
  const auto answer = call("CreateTags", std::move(params), stop);
  if (!answer) return answer.error();
  return {};
}

}  // namespace hakoban
