// Where objects go (logs, records, tasks' states), as settings name it.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "core/result.h"
#include "platform/aws/aws_client.h"
#include "platform/object_store.h"

namespace hakoban {

struct ObjectDestination {
  std::filesystem::path folder;  // of file://; empty for s3://
  std::string bucket;
  std::string prefix;  // without '/' at either end
};

// "s3://bucket", "s3://bucket/some/prefix", "file:///folder". Errors: invalid.
[[nodiscard]] Result<ObjectDestination> parse_object_destination(std::string_view text);

// `aws` must outlive the store.
[[nodiscard]] std::unique_ptr<ObjectStore> open_store(const ObjectDestination& destination, AwsClient& aws);

}  // namespace hakoban
