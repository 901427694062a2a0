#include "platform/aws/s3_store.h"

#include <utility>

#include <fmt/format.h>

#include "platform/aws/digest.h"
#include "platform/log.h"

namespace hakoban {
namespace {

constexpr const char* kNotImplemented = "NotImplemented";

bool has_dot(std::string_view bucket) {
  return bucket.find('.') != std::string_view::npos;
}

}  // namespace

S3Store::S3Store(AwsClient& aws, S3StoreConfig config) : aws_(aws), config_(std::move(config)) {}

AwsCall S3Store::call_for(std::string_view key, std::string_view body, const ObjectMeta& meta,
                          bool path_style) const {
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
  const auto add = [&call](const char* name, std::string_view value) {
    if (!value.empty()) call.headers.emplace_back(name, std::string{value});
  };
  add("Content-Encoding", meta.content_encoding);
  add("X-Amz-Storage-Class", config_.storage_class);
  add("X-Amz-Server-Side-Encryption", config_.encryption);
  add("X-Amz-Server-Side-Encryption-Aws-Kms-Key-Id", config_.kms_key_id);
  if (meta.if_absent && conditional_) add("If-None-Match", "*");
  call.body = body;
  return call;
}

Result<void> S3Store::put(std::string_view key, std::string_view body, const ObjectMeta& meta,
                          const std::stop_token& stop) {
  const auto endpoint = resolve(aws_.config(), AwsService::s3);
  if (!endpoint) return endpoint.error().within(name());
  const bool path_style = config_.path_style.value_or(endpoint->custom || has_dot(config_.bucket));
  const bool conditional = meta.if_absent && conditional_;
  const auto policy = AwsRetryPolicy::none(config_.timeout);
  auto answer = aws_.call(call_for(key, body, meta, path_style), policy, stop);
  if (!answer && conditional && answer.error().what.find(kNotImplemented) != std::string::npos) {
    if (conditional_.exchange(false))
      log::warn("the store knows no conditional writes, objects are replaced", {{"store", name()}});
    answer = aws_.call(call_for(key, body, meta, path_style), policy, stop);
  }
  if (!answer) return answer.error().within(fmt::format("{}/{}", name(), key));
  return {};
}

std::string S3Store::name() const {
  return config_.prefix.empty() ? fmt::format("s3://{}", config_.bucket)
                                : fmt::format("s3://{}/{}", config_.bucket, config_.prefix);
}

}  // namespace hakoban
