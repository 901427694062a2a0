#include "platform/aws/endpoints.h"

#include <algorithm>
#include <array>
#include <optional>

#include <boost/algorithm/string/predicate.hpp>
#include <fmt/format.h>

namespace hakoban {
namespace {

struct ServiceFacts {
  AwsService service;
  std::string_view name;            // ours
  std::string_view prefix;          // of the host, and the signing name but for those that differ
  std::string_view environment_id;  // the SDKs' service id, for AWS_ENDPOINT_URL_…
  bool gov_has_fips_name;           // GovCloud's usual hosts are FIPS endpoints already, but for these
};

constexpr std::array kServices{
    ServiceFacts{AwsService::ecs, "ecs", "ecs", "ECS", true},
    ServiceFacts{AwsService::elb_v2, "elbv2", "elasticloadbalancing", "ELASTIC_LOAD_BALANCING_V2", false},
    ServiceFacts{AwsService::elb, "elb", "elasticloadbalancing", "ELASTIC_LOAD_BALANCING", false},
    ServiceFacts{AwsService::s3, "s3", "s3", "S3", true},
    ServiceFacts{AwsService::sts, "sts", "sts", "STS", false},
    ServiceFacts{AwsService::ec2, "ec2", "ec2", "EC2", false},
    ServiceFacts{AwsService::autoscaling, "autoscaling", "autoscaling", "AUTO_SCALING", false},
    ServiceFacts{AwsService::sqs, "sqs", "sqs", "SQS", false},
    ServiceFacts{AwsService::sns, "sns", "sns", "SNS", false},
    ServiceFacts{AwsService::cloudwatch, "cloudwatch", "monitoring", "CLOUDWATCH", false},
    ServiceFacts{AwsService::dynamodb, "dynamodb", "dynamodb", "DYNAMODB", false},
    ServiceFacts{AwsService::service_discovery, "servicediscovery", "servicediscovery", "SERVICEDISCOVERY",
                 true},
};

const ServiceFacts& facts_of(AwsService service) {
  return kServices.at(static_cast<std::size_t>(service));
}

// An empty variable counts as not set, as in the SDKs.
std::string text_of(const Environment& environment, const std::string& name) {
  return environment(name).value_or("");
}

bool is_true(const std::string& text) {
  return boost::algorithm::iequals(text, "true");
}

// Only names that can be a part of a host: the region ends up in one, unchecked by anybody else.
bool is_region(std::string_view region) {
  return !region.empty() &&
         region.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string_view::npos;
}

std::string standard_host(const AwsConfig& config, const ServiceFacts& facts) {
  const bool china = config.region.starts_with("cn-");
  const bool gov = config.region.starts_with("us-gov-");
  const std::string_view suffix = china ? "amazonaws.com.cn" : "amazonaws.com";
  const std::string_view dual_suffix = china ? "api.amazonwebservices.com.cn" : "api.aws";
  const bool fips_name = config.use_fips && (!gov || facts.gov_has_fips_name || config.use_dualstack);
  const std::string_view fips = fips_name ? "-fips" : "";
  if (!config.use_dualstack) return fmt::format("{}{}.{}.{}", facts.prefix, fips, config.region, suffix);
  if (facts.service == AwsService::s3)
    return fmt::format("s3{}.dualstack.{}.{}", fips, config.region, suffix);
  return fmt::format("{}{}.{}.{}", facts.prefix, fips, config.region, dual_suffix);
}

Result<void> take_url(std::string_view url, AwsEndpoint& endpoint) {
  const auto refuse = [&] { return Error{Errc::invalid, fmt::format("'{}' is not an endpoint URL", url)}; };
  const auto scheme_end = url.find("://");
  if (scheme_end == std::string_view::npos) return refuse();
  endpoint.scheme = url.substr(0, scheme_end);
  if (endpoint.scheme != "http" && endpoint.scheme != "https") return refuse();
  const std::string_view rest = url.substr(scheme_end + 3);
  if (rest.find_first_of("?#@ \t\r\n") != std::string_view::npos) return refuse();
  const auto slash = std::min(rest.find('/'), rest.size());
  endpoint.host = rest.substr(0, slash);
  endpoint.base_path = rest.substr(slash);
  while (endpoint.base_path.ends_with('/')) endpoint.base_path.pop_back();
  // libcurl, like every client, does not say the scheme's own port: the signature must not either.
  const std::string_view own_port = endpoint.scheme == "https" ? ":443" : ":80";
  if (endpoint.host.ends_with(own_port)) endpoint.host.resize(endpoint.host.size() - own_port.size());
  if (endpoint.host.empty()) return refuse();
  return {};
}

}  // namespace

std::string_view name_of(AwsService service) {
  return facts_of(service).name;
}

AwsConfig aws_config(const Environment& environment) {
  AwsConfig config;
  config.region = text_of(environment, "AWS_REGION");
  if (config.region.empty()) config.region = text_of(environment, "AWS_DEFAULT_REGION");
  config.use_fips = is_true(text_of(environment, "AWS_USE_FIPS_ENDPOINT"));
  config.use_dualstack = is_true(text_of(environment, "AWS_USE_DUALSTACK_ENDPOINT"));
  config.ca_bundle = text_of(environment, "AWS_CA_BUNDLE");
  if (is_true(text_of(environment, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"))) return config;
  config.endpoint_url = text_of(environment, "AWS_ENDPOINT_URL");
  for (const auto& facts : kServices) {
    const std::string url = text_of(environment, fmt::format("AWS_ENDPOINT_URL_{}", facts.environment_id));
    if (!url.empty()) config.service_endpoint_urls[facts.service] = url;
  }
  return config;
}

Result<AwsEndpoint> resolve(const AwsConfig& config, AwsService service) {
  if (config.region.empty() && config.instance_region) {
    AwsConfig known = config;
    known.region = config.instance_region();
    known.instance_region = nullptr;
    return resolve(known, service);
  }
  const auto& facts = facts_of(service);
  if (config.region.empty())
    return Error{Errc::unavailable, "no AWS region: set AWS_REGION, or run where instance metadata tells it"};
  if (!is_region(config.region))
    return Error{Errc::invalid, fmt::format("'{}' is not an AWS region", config.region)};
  AwsEndpoint endpoint;
  endpoint.signing_name = facts.prefix;
  endpoint.region = config.region;
  const auto own = config.service_endpoint_urls.find(service);
  const std::string& url = own == config.service_endpoint_urls.end() ? config.endpoint_url : own->second;
  endpoint.custom = !url.empty();
  if (endpoint.custom) {
    if (auto taken = take_url(url, endpoint); !taken) return taken.error();
  } else {
    endpoint.host = standard_host(config, facts);
  }
  return endpoint;
}

}  // namespace hakoban
