#include "platform/aws/s3_lease_store.h"

#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "platform/aws/digest.h"
#include "platform/aws/s3_address.h"
#include "platform/json_fields.h"

namespace hakoban {

S3LeaseStore::S3LeaseStore(AwsClient& aws, std::string bucket, std::string key, AwsRetryPolicy policy)
    : aws_(aws), bucket_(std::move(bucket)), key_(std::move(key)), policy_(policy) {}

Result<HttpResponse> S3LeaseStore::call(AwsCall call, const std::stop_token& stop) {
  if (auto addressed = address_s3(call, aws_.config(), bucket_, key_); !addressed)
    return addressed.error().within(name());
  call.headers.emplace_back("X-Amz-Content-Sha256", to_hex(sha256(call.body)));
  auto answer = aws_.call(call, policy_, stop);
  if (!answer) return answer.error().within(name());
  return answer;
}

Result<std::optional<LeaseRecord>> S3LeaseStore::read(const std::stop_token& stop) {
  AwsCall request;
  request.action = "GetObject";
  request.method = "GET";
  const auto answer = call(std::move(request), stop);
  if (!answer && answer.error().code == Errc::not_found) return std::optional<LeaseRecord>{};
  if (!answer) return answer.error();
  const auto etag = answer->header("ETag");
  const auto record = nlohmann::json::parse(answer->body, nullptr, false);
  const std::string holder = text_of(record, "holder");
  if (!etag || holder.empty()) return Error{Errc::malformed, name() + ": not a lease"};
  return std::optional{LeaseRecord{holder, std::string{*etag}}};
}

Result<std::string> S3LeaseStore::write(const std::string& holder, const std::optional<std::string>& expected,
                                        const std::stop_token& stop) {
  AwsCall request;
  request.action = "PutObject";
  request.method = "PUT";
  request.headers = {{"Content-Type", "application/json"}};
  if (expected) {
    request.headers.emplace_back("If-Match", *expected);
  } else {
    request.headers.emplace_back("If-None-Match", "*");
  }
  // `after` makes the content, and so the ETag, differ from write to write.
  request.body = nlohmann::json{{"holder", holder}, {"after", expected.value_or("")}}.dump();
  const auto answer = call(std::move(request), stop);
  // S3 answers 404 to If-Match when the object has gone.
  if (!answer && answer.error().code == Errc::not_found) return Error{Errc::exists, answer.error().what};
  if (!answer) return answer.error();
  const auto etag = answer->header("ETag");
  if (!etag) return Error{Errc::malformed, name() + ": no ETag in the answer to a PUT"};
  return std::string{*etag};
}

std::string S3LeaseStore::name() const {
  return fmt::format("s3://{}/{}", bucket_, key_);
}

}  // namespace hakoban
