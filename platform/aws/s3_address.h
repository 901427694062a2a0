// Where S3 finds an object: virtual-hosted style, or path style at custom endpoints and for bucket names with
// dots (which no wildcard certificate covers).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "platform/aws/aws_client.h"

namespace hakoban {

// Sets the call's service, host and path. `key`: "" for the bucket itself; `path_style`: nothing, as above.
// Errors: those of resolve().
[[nodiscard]] Result<void> address_s3(AwsCall& call, const AwsConfig& config, const std::string& bucket,
                                      std::string_view key, std::optional<bool> path_style = {});

}  // namespace hakoban
