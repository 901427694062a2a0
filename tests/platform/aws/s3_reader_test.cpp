#include "platform/aws/s3_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fakes/fake_aws.h"

namespace hakoban {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string page(const std::string& keys, const std::string& more) {
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?><ListBucketResult "
         "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>logs</Name>" +
         keys + more + "</ListBucketResult>";
}

TEST(S3Reader, gets_an_object_below_its_prefix) {
  FakeAws aws;
  aws.http.answer(200, "bytes");
  const auto body = S3Reader{aws.client, {"logs", "prod", 60s}}.get("_tasks/1/task.json", {});
  ASSERT_TRUE(body);
  EXPECT_EQ(*body, "bytes");
  EXPECT_EQ(aws.http.last().method, "GET");
  EXPECT_EQ(aws.http.last().url, "https://logs.s3.eu-west-1.amazonaws.com/prod/_tasks/1/task.json");
  EXPECT_EQ(aws.http.last().timeout, Duration{60s});
}

TEST(S3Reader, lists_page_after_page_and_hands_on_keys_without_its_prefix) {
  FakeAws aws;
  aws.http.answer(200,
                  page("<Contents><Key>prod/web/a&amp;b</Key></Contents>",
                       "<IsTruncated>true</IsTruncated><NextContinuationToken>t+1=</NextContinuationToken>"));
  aws.http.answer(200,
                  page("<Contents><Key>prod/web/c</Key></Contents>", "<IsTruncated>false</IsTruncated>"));
  const auto keys = S3Reader{aws.client, {"logs", "prod", 60s}}.list("web/", {});
  ASSERT_TRUE(keys);
  EXPECT_THAT(*keys, ElementsAre("web/a&b", "web/c"));
  EXPECT_THAT(aws.http.last().url, HasSubstr("continuation-token=t%2B1%3D"));
  EXPECT_THAT(aws.http.last().url, HasSubstr("prefix=prod%2Fweb%2F"));
}

TEST(S3Reader, says_what_could_not_be_read) {
  FakeAws aws;
  aws.http.answer(
      404, "<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>");
  S3Reader reader{aws.client, {"logs", "", 60s}};
  const auto absent = reader.get("k", {});
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().code, Errc::not_found);
  EXPECT_THAT(absent.error().what, HasSubstr("s3://logs/k"));
  aws.http.answer(200, "<html>a proxy's page</html>");
  const auto odd = reader.list("web/", {});
  ASSERT_FALSE(odd);
  EXPECT_EQ(odd.error().code, Errc::malformed);
  EXPECT_THAT(odd.error().what, HasSubstr("listing s3://logs/web/"));
}

}  // namespace
}  // namespace hakoban
