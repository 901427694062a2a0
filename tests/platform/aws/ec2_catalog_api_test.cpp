#include "platform/aws/ec2_catalog_api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fakes/fake_aws.h"

namespace hakoban {
namespace {

using ::testing::HasSubstr;

struct Ec2CatalogTest : ::testing::Test {
  FakeAws aws;
  Ec2CatalogApi ec2{aws.client, AwsRetryPolicy::none()};
};

TEST_F(Ec2CatalogTest, reads_instances_over_pages_and_reservations) {
  aws.http.answer(
      200,
      "<DescribeInstancesResponse><reservationSet><item><instancesSet><item><instanceId>i-1</instanceId>"
      "<instanceType>m5.large</instanceType><placement><availabilityZone>eu-west-1b</availabilityZone>"
      "</placement><privateIpAddress>10.0.0.7</privateIpAddress><instanceState><name>running</name>"
      "</instanceState><launchTime>2026-11-23T12:00:00.000Z</launchTime></item></instancesSet></item>"
      "</reservationSet><nextToken>more</nextToken></DescribeInstancesResponse>");
  aws.http.answer(200, "<DescribeInstancesResponse><reservationSet/></DescribeInstancesResponse>");
  const auto machines = ec2.machines({"i-1", "i-2"}, {});
  ASSERT_TRUE(machines) << machines.error().what;
  ASSERT_EQ(machines->size(), 1U) << "one that EC2 does not know is no error";
  EXPECT_EQ(machines->front(), (Ec2Machine{"i-1", "m5.large", "eu-west-1b", "10.0.0.7", "running",
                                           parse_rfc3339("2026-11-23T12:00:00Z").value()}));
  EXPECT_THAT(aws.http.requests()[0].body, HasSubstr("Filter.1.Value.2=i-2"));
  EXPECT_THAT(aws.http.requests()[1].body, HasSubstr("NextToken=more"));
}

TEST_F(Ec2CatalogTest, asks_about_at_most_two_hundred_at_once) {
  aws.http.answer_by([](const HttpRequest&) {
    return HttpResponse{200, {}, "<DescribeInstancesResponse/>"};
  });
  ASSERT_TRUE(ec2.machines(std::vector<std::string>(201, "i-1"), {}));
  EXPECT_EQ(aws.http.requests().size(), 2U);
}

TEST_F(Ec2CatalogTest, reads_types) {
  aws.http.answer(
      200,
      "<DescribeInstanceTypesResponse><instanceTypeSet><item><instanceType>p3.8xlarge</instanceType>"
      "<vCpuInfo><defaultVCpus>32</defaultVCpus></vCpuInfo><memoryInfo><sizeInMiB>249856</sizeInMiB>"
      "</memoryInfo><gpuInfo><gpus><item><count>4</count></item></gpus></gpuInfo></item></instanceTypeSet>"
      "</DescribeInstanceTypesResponse>");
  const auto types = ec2.types({"p3.8xlarge"}, {});
  ASSERT_TRUE(types);
  ASSERT_EQ(types->size(), 1U);
  EXPECT_EQ(types->front(), (Ec2Type{"p3.8xlarge", 32 * 1024, 249856, 4}));
}

TEST_F(Ec2CatalogTest, reads_a_launch_template) {
  aws.http.answer(
      200,
      "<DescribeLaunchTemplateVersionsResponse><launchTemplateVersionSet><item><launchTemplateData>"
      "<instanceType>m5.large</instanceType><instanceMarketOptions><marketType>spot</marketType>"
      "</instanceMarketOptions></launchTemplateData></item></launchTemplateVersionSet>"
      "</DescribeLaunchTemplateVersionsResponse>");
  const auto read = ec2.launch_template("lt-1:$Latest", {});
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, (Ec2LaunchTemplate{"m5.large", true}));
  EXPECT_THAT(aws.http.last().body, HasSubstr("LaunchTemplateId=lt-1"));
  EXPECT_THAT(aws.http.last().body, HasSubstr("LaunchTemplateVersion.1=%24Latest"));
  aws.http.answer(200, "<DescribeLaunchTemplateVersionsResponse/>");
  EXPECT_EQ(ec2.launch_template("base:3", {}).error().code, Errc::not_found);
  EXPECT_THAT(aws.http.last().body, HasSubstr("LaunchTemplateName=base"));
}

TEST_F(Ec2CatalogTest, a_list_that_never_ends_is_given_up) {
  aws.http.answer_by([](const HttpRequest&) {
    return HttpResponse{
        200, {}, "<DescribeInstancesResponse><nextToken>again</nextToken></DescribeInstancesResponse>"};
  });
  EXPECT_EQ(ec2.machines({"i-1"}, {}).error().code, Errc::malformed);
}

}  // namespace
}  // namespace hakoban
