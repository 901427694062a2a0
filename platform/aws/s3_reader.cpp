#include "platform/aws/s3_reader.h"

#include <utility>

#include <fmt/format.h>
#include <pugixml.hpp>

#include "platform/aws/digest.h"
#include "platform/aws/s3_address.h"

namespace hakoban {

Result<S3Listing> read_s3_listing(std::string_view xml) {
  pugi::xml_document document;
  const auto root =
      document.load_buffer(xml.data(), xml.size()) ? document.child("ListBucketResult") : pugi::xml_node{};
  if (!root) return Error{Errc::malformed, "S3's list of objects is no ListBucketResult"};
  S3Listing listing;
  for (const auto entry : root.children("Contents")) listing.keys.emplace_back(entry.child_value("Key"));
  if (std::string_view{root.child_value("IsTruncated")} == "true")
    listing.next = root.child_value("NextContinuationToken");
  return listing;
}

S3Reader::S3Reader(AwsClient& aws, S3ReaderConfig config) : aws_(aws), config_(std::move(config)) {}

std::string S3Reader::full_key(const std::string& key) const {
  return config_.prefix.empty() ? key : config_.prefix + "/" + key;
}

Result<AwsCall> S3Reader::call_for(std::string action, const std::string& key) const {
  AwsCall call;
  call.action = std::move(action);
  call.method = "GET";
  call.headers = {{"X-Amz-Content-Sha256", to_hex(sha256(call.body))}};
  if (auto addressed = address_s3(call, aws_.config(), config_.bucket, key); !addressed)
    return addressed.error();
  return call;
}

AwsRetryPolicy S3Reader::retries() const {
  AwsRetryPolicy policy;
  policy.timeout = config_.timeout;
  return policy;
}

Result<std::string> S3Reader::get(const std::string& key, const std::stop_token& stop) {
  const auto call = call_for("GetObject", full_key(key));
  if (!call) return call.error();
  const auto answer = aws_.call(*call, retries(), stop);
  if (!answer) return answer.error().within(fmt::format("s3://{}/{}", config_.bucket, full_key(key)));
  return answer->body;
}

Result<std::vector<std::string>> S3Reader::list(const std::string& prefix, const std::stop_token& stop) {
  std::vector<std::string> keys;
  const auto skipped = full_key("").size();
  std::string token;
  do {
    auto call = call_for("ListObjectsV2", "");
    if (!call) return call.error();
    call->query = {{"list-type", "2"}, {"prefix", full_key(prefix)}};
    if (!token.empty()) call->query.emplace_back("continuation-token", token);
    const auto answer = aws_.call(*call, retries(), stop);
    const auto context = fmt::format("listing s3://{}/{}", config_.bucket, full_key(prefix));
    if (!answer) return answer.error().within(context);
    const auto listing = read_s3_listing(answer->body);
    if (!listing) return listing.error().within(context);
    for (const auto& key : listing->keys) keys.push_back(key.substr(std::min(skipped, key.size())));
    token = listing->next;
  } while (!token.empty());
  return keys;
}

}  // namespace hakoban
