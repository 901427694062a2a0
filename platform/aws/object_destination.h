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

// How objects are put into a bucket. The values are those of S3's headers; "": nothing said.
struct S3Options {
  std::string endpoint_url;
  std::string path_style = "auto";  // "on", "off"
  std::string storage_class;
  std::string encryption;
  std::string kms_key_id;
};

// "s3://bucket", "s3://bucket/some/prefix", "file:///folder". Errors: invalid.
[[nodiscard]] Result<ObjectDestination> parse_object_destination(std::string_view text);

// `aws` must outlive the store.
[[nodiscard]] std::unique_ptr<ObjectStore> open_store(const ObjectDestination& destination, AwsClient& aws,
                                                      const S3Options& options = {});

}  // namespace hakoban
