#include "platform/aws/s3_address.h"

namespace hakoban {

Result<void> address_s3(AwsCall& call, const AwsConfig& config, const std::string& bucket,
                        std::string_view key, std::optional<bool> path_style) {
  const auto endpoint = resolve(config, AwsService::s3);
  if (!endpoint) return endpoint.error();
  const bool in_path = path_style.value_or(endpoint->custom || bucket.find('.') != std::string::npos);
  call.service = AwsService::s3;
  call.host_prefix = in_path ? "" : bucket + ".";
  call.path = (in_path ? "/" + bucket : "") + "/" + std::string{key};
  return {};
}

}  // namespace hakoban
