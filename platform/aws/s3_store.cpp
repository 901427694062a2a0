#include "platform/aws/s3_store.h"

#include <utility>

#include <fmt/format.h>

#include "platform/aws/digest.h"
#include "platform/aws/s3_address.h"
#include "platform/log.h"

namespace hakoban {
namespace {

constexpr const char* kIfAbsent = "If-None-Match";
constexpr const char* kNotImplemented = "NotImplemented";

}  // namespace

S3Store::S3Store(AwsClient& aws, S3StoreConfig config) : aws_(aws), config_(std::move(config)) {}

Result<AwsCall> S3Store::call_for(std::string_view key, std::string_view body, const ObjectMeta& meta,
                                  bool conditional) const {
  const Sha256 digest = sha256(body);
  AwsCall call;
  call.action = "PutObject";
  call.method = "PUT";
  const std::string folder = config_.prefix.empty() ? "" : config_.prefix + "/";
  if (auto addressed = address_s3(call, aws_.config(), config_.bucket, fmt::format("{}{}", folder, key),
                                  config_.path_style);
      !addressed)
    return addressed.error().within(name());
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
  if (conditional) add(kIfAbsent, "*");
  call.body = body;
  return call;
}

Result<void> S3Store::put(std::string_view key, std::string_view body, const ObjectMeta& meta,
                          const std::stop_token& stop) {
  const bool conditional = meta.if_absent && conditional_;
  auto call = call_for(key, body, meta, conditional);
  if (!call) return call.error();
  const auto policy = AwsRetryPolicy::none(config_.timeout);
  auto answer = aws_.call(*call, policy, stop);
  if (!answer && conditional && answer.error().what.find(kNotImplemented) != std::string::npos) {
    if (conditional_.exchange(false))
      log::warn("the store knows no conditional writes, objects are replaced", {{"store", name()}});
    std::erase_if(call->headers, [](const auto& header) { return header.first == kIfAbsent; });
    answer = aws_.call(*call, policy, stop);
  }
  if (!answer) return answer.error().within(fmt::format("{}/{}", name(), key));
  return {};
}

std::string S3Store::name() const {
  return config_.prefix.empty() ? fmt::format("s3://{}", config_.bucket)
                                : fmt::format("s3://{}/{}", config_.bucket, config_.prefix);
}

}  // namespace hakoban
