// Where AWS is and under which name requests are signed. Sources: AWS SDKs and Tools Reference Guide
// ("Service-specific endpoints", "Dual-stack and FIPS endpoints"), AWS General Reference (endpoints).
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "core/result.h"
#include "platform/environment.h"

namespace hakoban {

// Add a service when an adapter calls it.
enum class AwsService {
  ecs,
  elb_v2,
  elb,
  s3,
  sts,
  ec2,
  autoscaling,
  sqs,
  sns,
  cloudwatch,
  dynamodb,
  service_discovery
};

// For metrics and errors: "ecs", "elbv2", …
[[nodiscard]] std::string_view name_of(AwsService service);

// What AWS's own environment variables say. A plain value: the file's or a flag's settings may replace
// members.
struct AwsConfig {
  std::string region;  // AWS_REGION, AWS_DEFAULT_REGION; "": the instance's own
  // Asked while `region` is "": gives Ec2Identity::region, "" until that is known. Thread-safe.
  std::function<std::string()> instance_region;
  std::string endpoint_url;                                 // AWS_ENDPOINT_URL: for every service
  std::map<AwsService, std::string> service_endpoint_urls;  // AWS_ENDPOINT_URL_<SERVICE ID>: stronger
  bool use_fips = false;                                    // AWS_USE_FIPS_ENDPOINT
  bool use_dualstack = false;                               // AWS_USE_DUALSTACK_ENDPOINT
  std::string ca_bundle;                                    // AWS_CA_BUNDLE, for HttpClientConfig
};

[[nodiscard]] AwsConfig aws_config(const Environment& environment);

struct AwsEndpoint {
  std::string scheme = "https";
  std::string host;       // as the Host header says it: with the port where it is not the scheme's own
  std::string base_path;  // "" or "/base", never with '/' at its end
  std::string signing_name;
  std::string region;   // of the signature
  bool custom = false;  // named by the environment: S3 uses path style there
};

// Errors: invalid (no region, an endpoint that is no http(s) URL).
[[nodiscard]] Result<AwsEndpoint> resolve(const AwsConfig& config, AwsService service);

}  // namespace hakoban
