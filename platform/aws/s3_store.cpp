#include "platform/aws/s3_store.h"

#include <utility>

#include <fmt/format.h>

#include "platform/aws/digest.h"

namespace hakoban {
namespace {

bool has_dot(std::string_view bucket) {
  return bucket.find('.') != std::string_view::npos;
}

}  // namespace

S3Store::S3Store(AwsClient& aws, S3StoreConfig config) : aws_(aws), config_(std::move(config)) {}

Result<void> S3Store::put(std::string_view key, std::string_view body, const ObjectMeta& meta,
                          const std::stop_token& stop) {
  const auto endpoint = resolve(aws_.config(), AwsService::s3);
  if (!endpoint) return endpoint.error().within(name());
  const bool path_style = endpoint->custom || has_dot(config_.bucket);
  const Sha256 digest = sha256(body);

  AwsCall call;
  call.service = AwsService::s3;
  call.action = "PutObject";
  call.method = "PUT";
  call.host_prefix = path_style ? "" : config_.bucket + ".";
  const std::string bucket_path = path_style ? "/" + config_.bucket : "";
  const std::string prefix_path = config_.prefix.empty() ? "" : "/" + config_.prefix;
  call.path = fmt::format("{}{}/{}", bucket_path, prefix_path, key);
  call.headers = {{"Content-Type", std::string{meta.content_type}},
                  {"X-Amz-Content-Sha256", to_hex(digest)},
                  {"X-Amz-Checksum-Sha256", to_base64(digest)}};
  if (!meta.content_encoding.empty())
    call.headers.emplace_back("Content-Encoding", std::string{meta.content_encoding});
  call.body = body;
  const auto answer = aws_.call(call, AwsRetryPolicy::none(config_.timeout), stop);
  if (!answer) return answer.error().within(fmt::format("{}/{}", name(), key));
  return {};
}

std::string S3Store::name() const {
  return config_.prefix.empty() ? fmt::format("s3://{}", config_.bucket)
                                : fmt::format("s3://{}/{}", config_.bucket, config_.prefix);
}

}  // namespace hakoban
