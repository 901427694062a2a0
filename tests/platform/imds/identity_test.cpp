#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "platform/imds/imds.h"

namespace hakoban {
namespace {

using ::testing::HasSubstr;

class PathsOnly final : public Imds {
 public:
  [[nodiscard]] Result<std::optional<std::string>> get(std::string_view path,
                                                       const std::stop_token&) override {
    const auto found = texts.find(std::string{path});
    if (found == texts.end()) return std::optional<std::string>{};
    return std::optional{found->second};
  }
  std::map<std::string, std::string> texts;
};

constexpr const char* kDocument = "/latest/dynamic/instance-identity/document";
constexpr const char* kLifeCycle = "/latest/meta-data/instance-life-cycle";

// As in the EC2 user guide, "Instance identity documents".
constexpr const char* kText = R"({
    "devpayProductCodes" : null,
    "marketplaceProductCodes" : [ "1abc2defghijklm3nopqrs4tu" ],
    "availabilityZone" : "us-west-2b",
    "privateIp" : "10.158.112.84",
    "version" : "2017-09-30",
    "instanceId" : "i-1234567890abcdef0",
    "billingProducts" : null,
    "instanceType" : "t2.micro",
    "accountId" : "123456789012",
    "imageId" : "ami-5fb8c835",
    "pendingTime" : "2016-11-19T16:32:11Z",
    "architecture" : "x86_64",
    "kernelId" : null,
    "ramdiskId" : null,
    "region" : "us-west-2"
})";

TEST(ReadIdentity, reads_the_document_and_the_life_cycle) {
  PathsOnly imds;
  imds.texts = {{kDocument, kText}, {kLifeCycle, "spot\n"}};
  const auto identity = read_identity(imds, {});
  ASSERT_TRUE(identity) << identity.error().what;
  EXPECT_EQ(*identity, (Ec2Identity{"i-1234567890abcdef0", "t2.micro", "us-west-2", "us-west-2b",
                                    "123456789012", "10.158.112.84", "spot"}));
}

TEST(ReadIdentity, an_old_instance_without_a_life_cycle_is_still_known) {
  PathsOnly imds;
  imds.texts = {{kDocument, kText}};
  EXPECT_EQ(read_identity(imds, {})->life_cycle, "");
}

TEST(ReadIdentity, garbage_is_malformed_and_absence_unavailable) {
  PathsOnly imds;
  EXPECT_EQ(read_identity(imds, {}).error().code, Errc::unavailable);
  for (const char* text : {"", "i-1", "[]", "{}", R"({"instanceId":7})", R"({"instanceId":"i-1)"}) {
    imds.texts = {{kDocument, text}};
    const auto identity = read_identity(imds, {});
    ASSERT_FALSE(identity) << text;
    EXPECT_EQ(identity.error().code, Errc::malformed) << text;
    EXPECT_THAT(identity.error().what, HasSubstr("identity document"));
  }
  imds.texts = {{kDocument, kText}, {kLifeCycle, "spot\nX: y"}};
  EXPECT_EQ(read_identity(imds, {}).error().code, Errc::malformed);
}

}  // namespace
}  // namespace hakoban
