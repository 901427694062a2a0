// ObjectReader of an S3 bucket: GetObject and ListObjectsV2 (Amazon S3 API Reference). Needs s3:GetObject,
// and s3:ListBucket on the bucket.
#pragma once

#include <string>
#include <string_view>

#include "platform/aws/aws_client.h"
#include "platform/object_reader.h"

namespace hakoban {

struct S3ReaderConfig {
  std::string bucket;
  std::string prefix;      // without '/' at either end; "": none
  Duration timeout = 60s;  // of one attempt
};

struct S3Listing {
  std::vector<std::string> keys;
  std::string next;  // continuation token; "": that was all
};

// The body of ListObjectsV2's answer. Errors: malformed.
[[nodiscard]] Result<S3Listing> read_s3_listing(std::string_view xml);

// Thread-safe, no state.
class S3Reader final : public ObjectReader {
 public:
  // `aws` must outlive it.
  S3Reader(AwsClient& aws, S3ReaderConfig config);

  [[nodiscard]] Result<std::string> get(const std::string& key, const std::stop_token& stop) override;
  [[nodiscard]] Result<std::vector<std::string>> list(const std::string& prefix,
                                                      const std::stop_token& stop) override;

 private:
  [[nodiscard]] Result<AwsCall> call_for(std::string action, const std::string& key) const;
  [[nodiscard]] AwsRetryPolicy retries() const;
  [[nodiscard]] std::string full_key(const std::string& key) const;

  AwsClient& aws_;
  const S3ReaderConfig config_;
};

}  // namespace hakoban
