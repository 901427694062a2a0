// ObjectStore in an S3 bucket. Each PUT carries its SHA-256, so that S3 refuses what was damaged on its way.
#pragma once

#include <string>

#include "platform/aws/aws_client.h"
#include "platform/object_store.h"

namespace hakoban {

struct S3StoreConfig {
  std::string bucket;
  std::string prefix;      // without '/' at either end; "": none
  Duration timeout = 60s;  // of one PUT
};

// Thread-safe, no state. Path style at custom endpoints and for bucket names with dots (which no wildcard
// certificate covers), else virtual-hosted.
class S3Store final : public ObjectStore {
 public:
  S3Store(AwsClient& aws, S3StoreConfig config);

  [[nodiscard]] Result<void> put(std::string_view key, std::string_view body, const ObjectMeta& meta,
                                 const std::stop_token& stop) override;
  [[nodiscard]] std::string name() const override;

 private:
  AwsClient& aws_;
  const S3StoreConfig config_;
};

}  // namespace hakoban
