// ObjectStore in an S3 bucket. Each PUT carries its SHA-256, so that S3 refuses what was damaged on its way.
#pragma once

#include <atomic>
#include <optional>
#include <string>

#include "platform/aws/aws_client.h"
#include "platform/object_store.h"

namespace hakoban {

struct S3StoreConfig {
  std::string bucket;
  std::string prefix;                   // without '/' at either end; "": none
  Duration timeout = 60s;               // of one PUT
  std::optional<bool> path_style = {};  // nothing: at custom endpoints and for bucket names with dots
  std::string storage_class = {};       // "STANDARD_IA", …; "": the bucket's own
  std::string encryption =
      {};  // of the server's side: "AES256", "aws:kms", "aws:kms:dsse"; "": the bucket's own
  std::string kms_key_id = {};  // for aws:kms; "": the account's key for S3
};

// Thread-safe. Unless told otherwise path style at custom endpoints and for bucket names with dots (which no
// wildcard certificate covers), else virtual-hosted. `if_absent` becomes If-None-Match; a store that answers
// NotImplemented to it is not asked so again. No ACLs: buckets that own their objects refuse them.
class S3Store final : public ObjectStore {
 public:
  S3Store(AwsClient& aws, S3StoreConfig config);

  [[nodiscard]] Result<void> put(std::string_view key, std::string_view body, const ObjectMeta& meta,
                                 const std::stop_token& stop) override;
  [[nodiscard]] std::string name() const override;

 private:
  [[nodiscard]] Result<AwsCall> call_for(std::string_view key, std::string_view body, const ObjectMeta& meta,
                                         bool conditional) const;

  AwsClient& aws_;
  const S3StoreConfig config_;
  std::atomic<bool> conditional_{true};
};

}  // namespace hakoban
