#include "platform/aws/ec2_catalog_api.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <pugixml.hpp>

#include "platform/aws/xml_fields.h"

namespace hakoban {
namespace {

constexpr std::string_view kVersion = "2016-11-15";
constexpr std::size_t kFilterValues = 200;  // most that EC2 takes
constexpr std::size_t kTypesAtOnce = 100;
constexpr int kMostPages = 200;

Ec2Machine read_machine(const pugi::xml_node& item) {
  Ec2Machine machine;
  machine.id = item.child_value("instanceId");
  machine.type = item.child_value("instanceType");
  machine.zone = item.child("placement").child_value("availabilityZone");
  machine.private_address = item.child_value("privateIpAddress");
  machine.state = item.child("instanceState").child_value("name");
  if (const auto launched = parse_rfc3339(item.child_value("launchTime"))) machine.launched_at = *launched;
  return machine;
}

Ec2Type read_type(const pugi::xml_node& item) {
  Ec2Type type;
  type.name = item.child_value("instanceType");
  type.cpu_units = 1024 * integer_in(item.child("vCpuInfo"), "defaultVCpus").value_or(0);
  type.memory_mib = integer_in(item.child("memoryInfo"), "sizeInMiB").value_or(0);
  for (const auto& gpu : item.child("gpuInfo").child("gpus").children("item"))
    type.gpus += integer_in(gpu, "count").value_or(0);
  return type;
}

}  // namespace

Ec2CatalogApi::Ec2CatalogApi(AwsClient& aws, AwsRetryPolicy policy) : aws_(aws), policy_(policy) {}

template <class Take>
Result<void> Ec2CatalogApi::each_page(std::string_view action, const AwsParams& params, Take take,
                                      const std::stop_token& stop) {
  std::string token;
  for (int page = 0; page == 0 || !token.empty(); ++page) {
    if (page == kMostPages) return Error{Errc::malformed, fmt::format("ec2 {}: the list never ends", action)};
    auto asked = params;
    if (!token.empty()) asked.emplace_back("NextToken", token);
    const auto answer = aws_.call_query(AwsService::ec2, kVersion, action, std::move(asked), policy_, stop);
    if (!answer) return answer.error();
    take(answer->document_element());
    token = answer->document_element().child_value("nextToken");
  }
  return {};
}

// By filter: an id that EC2 has forgotten then is no error.
Result<std::vector<Ec2Machine>> Ec2CatalogApi::machines(const std::vector<std::string>& ids,
                                                        const std::stop_token& stop) {
  std::vector<Ec2Machine> found;
  for (std::size_t begin = 0; begin < ids.size(); begin += kFilterValues) {
    AwsParams params{{"Filter.1.Name", "instance-id"}};
    for (std::size_t i = begin; i < std::min(begin + kFilterValues, ids.size()); ++i)
      params.emplace_back(fmt::format("Filter.1.Value.{}", i - begin + 1), ids[i]);
    const auto read = each_page(
        "DescribeInstances", params,
        [&](const pugi::xml_node& answer) {
          for (const auto& reservation : answer.child("reservationSet").children("item"))
            for (const auto& item : reservation.child("instancesSet").children("item"))
              found.push_back(read_machine(item));
        },
        stop);
    if (!read) return read.error();
  }
  return found;
}

Result<std::vector<Ec2Type>> Ec2CatalogApi::types(const std::vector<std::string>& names,
                                                  const std::stop_token& stop) {
  std::vector<Ec2Type> found;
  for (std::size_t begin = 0; begin < names.size(); begin += kTypesAtOnce) {
    AwsParams params{{"Filter.1.Name", "instance-type"}};
    for (std::size_t i = begin; i < std::min(begin + kTypesAtOnce, names.size()); ++i)
      params.emplace_back(fmt::format("Filter.1.Value.{}", i - begin + 1), names[i]);
    const auto read = each_page(
        "DescribeInstanceTypes", params,
        [&](const pugi::xml_node& answer) {
          for (const auto& item : answer.child("instanceTypeSet").children("item"))
            found.push_back(read_type(item));
        },
        stop);
    if (!read) return read.error();
  }
  return found;
}

Result<Ec2LaunchTemplate> Ec2CatalogApi::launch_template(const std::string& name,
                                                         const std::stop_token& stop) {
  const auto colon = name.rfind(':');
  const std::string plain = name.substr(0, colon);
  AwsParams params{{plain.starts_with("lt-") ? "LaunchTemplateId" : "LaunchTemplateName", plain}};
  params.emplace_back("LaunchTemplateVersion.1",
                      colon == std::string::npos ? "$Default" : name.substr(colon + 1));
  std::optional<Ec2LaunchTemplate> read;
  const auto pages = each_page(
      "DescribeLaunchTemplateVersions", params,
      [&](const pugi::xml_node& answer) {
        const auto data = answer.child("launchTemplateVersionSet").child("item").child("launchTemplateData");
        if (!data) return;
        const std::string_view market = data.child("instanceMarketOptions").child_value("marketType");
        read = Ec2LaunchTemplate{data.child_value("instanceType"), market == "spot"};
      },
      stop);
  if (!pages) return pages.error();
  if (!read) return Error{Errc::not_found, fmt::format("ec2: no launch template {}", name)};
  return *read;
}

}  // namespace hakoban
