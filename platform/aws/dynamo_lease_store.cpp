#include "platform/aws/dynamo_lease_store.h"

#include <charconv>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "platform/json_fields.h"

namespace hakoban {
namespace {

using nlohmann::json;

json text(const std::string& value) {
  return {{"S", value}};
}

}  // namespace

DynamoLeaseStore::DynamoLeaseStore(AwsClient& aws, std::string table, std::string key, AwsRetryPolicy policy)
    : aws_(aws), table_(std::move(table)), key_(std::move(key)), policy_(policy) {}

Result<std::optional<LeaseRecord>> DynamoLeaseStore::read(const std::stop_token& stop) {
  const auto answer = aws_.call_json(
      AwsService::dynamodb, "DynamoDB_20120810.GetItem",
      {{"TableName", table_}, {"Key", {{"cluster", text(key_)}}}, {"ConsistentRead", true}}, policy_, stop);
  if (!answer) return answer.error().within(name());
  const auto& item = object_of(*answer, "Item");
  if (item.empty()) return std::optional<LeaseRecord>{};
  LeaseRecord record{text_of(object_of(item, "holder"), "S"), text_of(object_of(item, "version"), "N")};
  if (record.version.empty())
    return Error{Errc::malformed, name() + ": the item has no number `version`: not a lease"};
  return std::optional{std::move(record)};
}

Result<std::string> DynamoLeaseStore::write(const std::string& holder,
                                            const std::optional<std::string>& expected,
                                            const std::stop_token& stop) {
  std::int64_t number = 0;
  if (expected) std::from_chars(expected->data(), expected->data() + expected->size(), number);
  const std::string next = std::to_string(number + 1);
  json body{{"TableName", table_},
            {"Item", {{"cluster", text(key_)}, {"holder", text(holder)}, {"version", {{"N", next}}}}}};
  // `version` is no reserved word of DynamoDB's, but a name of our own stays right whatever becomes one.
  body["ExpressionAttributeNames"] = {{"#v", expected ? "version" : "cluster"}};
  body["ConditionExpression"] = expected ? "#v = :expected" : "attribute_not_exists(#v)";
  if (expected) body["ExpressionAttributeValues"] = {{":expected", {{"N", *expected}}}};
  const auto answer = aws_.call_json(AwsService::dynamodb, "DynamoDB_20120810.PutItem", body, policy_, stop);
  if (!answer) return answer.error().within(name());
  return next;
}

std::string DynamoLeaseStore::name() const {
  return fmt::format("dynamodb://{}/{}", table_, key_);
}

}  // namespace hakoban
