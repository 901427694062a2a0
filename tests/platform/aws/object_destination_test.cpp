#include "platform/aws/object_destination.h"

#include <gtest/gtest.h>

namespace hakoban {
namespace {

TEST(ObjectDestination, is_a_bucket_with_a_prefix_or_a_folder) {
  const auto plain = parse_object_destination("s3://my-logs");
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->bucket, "my-logs");
  EXPECT_EQ(plain->prefix, "");

  const auto deep = parse_object_destination("s3://my.logs/prod//containers/");
  ASSERT_TRUE(deep);
  EXPECT_EQ(deep->bucket, "my.logs");
  EXPECT_EQ(deep->prefix, "prod//containers");

  const auto folder = parse_object_destination("file:///var/log/objects");
  ASSERT_TRUE(folder);
  EXPECT_EQ(folder->folder, "/var/log/objects");
  EXPECT_EQ(folder->bucket, "");
}

TEST(ObjectDestination, refuses_the_rest) {
  for (const auto* text :
       {"", "logs", "s3://", "s3:///prefix", "s3://My_Bucket", "s3://ab", "file://relative", "gs://b"}) {
    const auto parsed = parse_object_destination(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, Errc::invalid);
  }
}

}  // namespace
}  // namespace hakoban
