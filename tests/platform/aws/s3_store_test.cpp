#include "platform/aws/s3_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fakes/fake_aws.h"

namespace hakoban {
namespace {

using ::testing::HasSubstr;

// sha256("body"), as `openssl dgst -sha256` has it.
constexpr const char* kHex = "230d8358dc8e8890b4c58deeb62912ee2f20357ae92a5cc861b98e68fe31acb5";
constexpr const char* kBase64 = "Iw2DWNyOiJC0xY3utikS7i8gNXrpKlzIYbmOaP4xrLU=";

Result<void> put(FakeAws& aws, const S3StoreConfig& config, std::string_view key) {
  S3Store store{aws.client, config};
  return store.put(key, "body", {"application/x-ndjson", "gzip"}, {});
}

TEST(S3Store, puts_the_body_with_its_checksum_under_the_prefix) {
  FakeAws aws;
  aws.http.answer(200, "");
  ASSERT_TRUE(put(aws, {"logs", "prod/a", 60s}, "web/app/dt=2026-11-23/0001/a b.ndjson.gz"));
  const auto request = aws.http.last();
  EXPECT_EQ(request.method, "PUT");
  EXPECT_EQ(request.url,
            "https://logs.s3.eu-west-1.amazonaws.com/prod/a/web/app/dt%3D2026-11-23/0001/a%20b.ndjson.gz");
  EXPECT_EQ(request.body, "body");
  EXPECT_EQ(request.timeout, Duration{60s});
  EXPECT_EQ(FakeHttpClient::header(request, "X-Amz-Content-Sha256"), kHex);
  EXPECT_EQ(FakeHttpClient::header(request, "X-Amz-Checksum-Sha256"), kBase64);
  EXPECT_EQ(FakeHttpClient::header(request, "Content-Encoding"), "gzip");
  EXPECT_EQ(FakeHttpClient::header(request, "Content-Type"), "application/x-ndjson");
  EXPECT_EQ(FakeHttpClient::header(request, "Host"), "logs.s3.eu-west-1.amazonaws.com");
  EXPECT_THAT(FakeHttpClient::header(request, "Authorization"),
              HasSubstr("/eu-west-1/s3/aws4_request, SignedHeaders=content-encoding;content-type;host;"
                        "x-amz-checksum-sha256;x-amz-content-sha256;x-amz-date"));
}

TEST(S3Store, path_style_at_custom_endpoints_and_for_dotted_buckets) {
  FakeAws custom{FakeAws::config("http://127.0.0.1:5000/")};
  custom.http.answer(200, "");
  ASSERT_TRUE(put(custom, {"logs", "", 60s}, "k"));
  EXPECT_EQ(custom.http.last().url, "http://127.0.0.1:5000/logs/k");
  FakeAws dotted;
  dotted.http.answer(200, "");
  ASSERT_TRUE(put(dotted, {"logs.example.com", "p", 60s}, "k"));
  EXPECT_EQ(dotted.http.last().url, "https://s3.eu-west-1.amazonaws.com/logs.example.com/p/k");
}

TEST(S3Store, leaves_retries_to_its_caller_and_names_bucket_and_key) {
  FakeAws aws;
  aws.http.answer(503,
                  "<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>");
  const auto done = put(aws, {"logs", "p", 60s}, "k");
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Errc::throttled);
  EXPECT_THAT(done.error().what, HasSubstr("s3://logs/p/k: s3 PutObject: 503 SlowDown"));
  EXPECT_EQ(aws.http.requests().size(), 1U);
}

TEST(S3Store, a_damaged_body_is_refused_as_invalid) {
  FakeAws aws;
  aws.http.answer(400, "<Error><Code>BadDigest</Code></Error>");
  EXPECT_EQ(put(aws, {"logs", "p", 60s}, "k").error().code, Errc::invalid);
}

TEST(S3Store, asks_for_no_overwriting_when_told_so) {
  FakeAws aws;
  aws.http.answer(412, "<Error><Code>PreconditionFailed</Code></Error>");
  S3Store store{aws.client, {"logs", "p", 60s}};
  EXPECT_EQ(store.put("k", "body", {"text/plain", "", true}, {}).error().code, Errc::exists);
  EXPECT_EQ(FakeHttpClient::header(aws.http.last(), "If-None-Match"), "*");
  aws.http.answer(409, "<Error><Code>ConditionalRequestConflict</Code></Error>");
  EXPECT_EQ(store.put("k", "body", {"text/plain", "", true}, {}).error().code, Errc::unavailable);
}

TEST(S3Store, replaces_where_the_store_knows_no_conditions) {
  FakeAws aws;
  aws.http.answer(501, "<Error><Code>NotImplemented</Code></Error>");
  aws.http.answer(200, "");
  aws.http.answer(200, "");
  S3Store store{aws.client, {"logs", "p", 60s}};
  EXPECT_TRUE(store.put("k", "body", {"text/plain", "", true}, {}));
  EXPECT_TRUE(store.put("k", "body", {"text/plain", "", true}, {}));
  EXPECT_EQ(aws.http.requests().size(), 3U);
  EXPECT_EQ(FakeHttpClient::header(aws.http.last(), "If-None-Match"), "");
}

TEST(S3Store, says_how_the_object_is_to_be_kept) {
  FakeAws aws;
  aws.http.answer(200, "");
  S3StoreConfig config{"logs", "", 60s};
  config.path_style = true;
  config.storage_class = "STANDARD_IA";
  config.encryption = "aws:kms";
  config.kms_key_id = "alias/logs";
  ASSERT_TRUE(put(aws, config, "k"));
  const auto request = aws.http.last();
  EXPECT_EQ(request.url, "https://s3.eu-west-1.amazonaws.com/logs/k");
  EXPECT_EQ(FakeHttpClient::header(request, "X-Amz-Storage-Class"), "STANDARD_IA");
  EXPECT_EQ(FakeHttpClient::header(request, "X-Amz-Server-Side-Encryption"), "aws:kms");
  EXPECT_EQ(FakeHttpClient::header(request, "X-Amz-Server-Side-Encryption-Aws-Kms-Key-Id"), "alias/logs");
}

TEST(S3Store, tells_its_name) {
  FakeAws aws;
  EXPECT_EQ((S3Store{aws.client, {"logs", "a/b", 60s}}.name()), "s3://logs/a/b");
  EXPECT_EQ((S3Store{aws.client, {"logs", "", 60s}}.name()), "s3://logs");
}

}  // namespace
}  // namespace hakoban
