#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "platform/aws/dynamo_lease_store.h"
#include "platform/aws/s3_lease_store.h"
#include "platform/aws/sqs_api.h"
#include "tests/fakes/fake_aws.h"

namespace hakoban {
namespace {

using nlohmann::json;

struct SqsTest : ::testing::Test {
  FakeAws aws;
  SqsApi queue{aws.client, "https://sqs.eu-west-1.amazonaws.com/1/q", AwsRetryPolicy::none()};
};

TEST_F(SqsTest, receives_with_the_time_of_sending) {
  aws.http.answer(
      200, json{{"Messages",
                 {{{"MessageId", "m"},
                   {"ReceiptHandle", "r"},
                   {"Body", "{}"},
                   {"Attributes", {{"SentTimestamp", "1795435200123"}, {"ApproximateReceiveCount", "3"}}}}}}}
               .dump());
  const auto messages = queue.receive(20s, {});
  ASSERT_TRUE(messages);
  ASSERT_EQ(messages->size(), 1U);
  EXPECT_EQ(messages->front(),
            (QueueMessage{"m", "r", "{}", TimePoint{std::chrono::milliseconds{1795435200123}}, 3}));
  EXPECT_EQ(aws.body(0)["WaitTimeSeconds"], 20);
  EXPECT_EQ(FakeHttpClient::header(aws.http.last(), "Content-Type"), "application/x-amz-json-1.0");
  EXPECT_GT(aws.http.last().timeout, 20s) << "longer than the wait";
}

TEST_F(SqsTest, an_empty_queue_is_no_error) {
  aws.http.answer(200, "{}");
  EXPECT_TRUE(queue.receive(0s, {})->empty());
}

TEST_F(SqsTest, removes_in_tens) {
  aws.http.answer_by([](const HttpRequest&) { return HttpResponse{200, {}, "{}"}; });
  ASSERT_TRUE(queue.remove(std::vector<std::string>(11, "r"), {}));
  EXPECT_EQ(aws.http.requests().size(), 2U);
  EXPECT_EQ(aws.body(0)["Entries"].size(), 10U);
}

struct DynamoLease : ::testing::Test {
  FakeAws aws;
  DynamoLeaseStore store{aws.client, "leases", "prod", AwsRetryPolicy::none()};
};

TEST_F(DynamoLease, reads_consistently_and_knows_when_nobody_held_it) {
  aws.http.answer(200, "{}");
  EXPECT_FALSE(store.read({}).value());
  EXPECT_EQ(aws.body(0)["ConsistentRead"], true);
  aws.http.answer(200, R"({"Item":{"cluster":{"S":"prod"},"holder":{"S":"a"},"version":{"N":"7"}}})");
  EXPECT_EQ(store.read({}).value(), (LeaseRecord{"a", "7"}));
  aws.http.answer(200, R"({"Item":{"cluster":{"S":"prod"}}})");
  EXPECT_EQ(store.read({}).error().code, Errc::malformed) << "somebody's other table";
}

TEST_F(DynamoLease, writes_only_what_it_expects) {
  aws.http.answer(200, "{}");
  EXPECT_EQ(store.write("a", std::nullopt, {}).value(), "1");
  EXPECT_EQ(aws.body(0)["ConditionExpression"], "attribute_not_exists(#v)");
  aws.http.answer(200, "{}");
  EXPECT_EQ(store.write("a", "7", {}).value(), "8");
  EXPECT_EQ(aws.body(1)["ExpressionAttributeValues"][":expected"]["N"], "7");
  aws.http.answer(400, R"({"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException"})");
  EXPECT_EQ(store.write("a", "7", {}).error().code, Errc::exists);
}

struct S3Lease : ::testing::Test {
  FakeAws aws;
  S3LeaseStore store{aws.client, "bucket", "leases/prod", AwsRetryPolicy::none()};
};

TEST_F(S3Lease, reads_holder_and_etag) {
  aws.http.answer(404, "<Error><Code>NoSuchKey</Code></Error>");
  EXPECT_FALSE(store.read({}).value());
  aws.http.answer(200, R"({"holder":"a","after":""})", {{"ETag", "\"e1\""}});
  EXPECT_EQ(store.read({}).value(), (LeaseRecord{"a", "\"e1\""}));
  aws.http.answer(200, "hello", {{"ETag", "\"e1\""}});
  EXPECT_EQ(store.read({}).error().code, Errc::malformed);
}

TEST_F(S3Lease, writes_under_conditions) {
  aws.http.answer(200, "", {{"ETag", "\"e1\""}});
  EXPECT_EQ(store.write("a", std::nullopt, {}).value(), "\"e1\"");
  EXPECT_EQ(FakeHttpClient::header(aws.http.last(), "If-None-Match"), "*");
  aws.http.answer(200, "", {{"ETag", "\"e2\""}});
  EXPECT_EQ(store.write("a", "\"e1\"", {}).value(), "\"e2\"");
  EXPECT_EQ(FakeHttpClient::header(aws.http.last(), "If-Match"), "\"e1\"");
  const auto bodies = aws.http.requests();
  EXPECT_NE(bodies[0].body, bodies[1].body) << "else both had the same ETag";
  aws.http.answer(412, "<Error><Code>PreconditionFailed</Code></Error>");
  EXPECT_EQ(store.write("a", "\"e1\"", {}).error().code, Errc::exists);
  aws.http.answer(404, "<Error><Code>NoSuchKey</Code></Error>");
  EXPECT_EQ(store.write("a", "\"e1\"", {}).error().code, Errc::exists) << "removed meanwhile";
}

}  // namespace
}  // namespace hakoban
