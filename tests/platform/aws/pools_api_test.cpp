// Auto Scaling groups and Spot Fleets with the answers that Amazon documents.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "platform/aws/scaling_groups_api.h"
#include "platform/aws/spot_fleets_api.h"
#include "tests/fakes/fake_aws.h"

namespace hakoban {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

const char* const kGroups = R"(
<DescribeAutoScalingGroupsResponse xmlns="http://autoscaling.amazonaws.com/doc/2011-01-01/">
 <DescribeAutoScalingGroupsResult><AutoScalingGroups><member>
  <AutoScalingGroupName>web</AutoScalingGroupName>
  <MinSize>1</MinSize><MaxSize>20</MaxSize><DesiredCapacity>4</DesiredCapacity>
  <MixedInstancesPolicy>
   <LaunchTemplate>
    <LaunchTemplateSpecification><LaunchTemplateId>lt-1</LaunchTemplateId><Version>3</Version></LaunchTemplateSpecification>
    <Overrides>
     <member><InstanceType>m5.xlarge</InstanceType><WeightedCapacity>2</WeightedCapacity></member>
     <member><InstanceType>m5.large</InstanceType></member>
    </Overrides>
   </LaunchTemplate>
   <InstancesDistribution><OnDemandPercentageAboveBaseCapacity>0</OnDemandPercentageAboveBaseCapacity></InstancesDistribution>
  </MixedInstancesPolicy>
  <AvailabilityZones><member>eu-west-1a</member><member>eu-west-1b</member></AvailabilityZones>
  <Instances>
   <member><InstanceId>i-1</InstanceId><InstanceType>m5.xlarge</InstanceType><AvailabilityZone>eu-west-1a</AvailabilityZone>
    <LifecycleState>InService</LifecycleState><WeightedCapacity>2</WeightedCapacity><ProtectedFromScaleIn>true</ProtectedFromScaleIn></member>
   <member><InstanceId>i-2</InstanceId><InstanceType>m5.large</InstanceType><AvailabilityZone>eu-west-1b</AvailabilityZone>
    <LifecycleState>Terminating:Wait</LifecycleState><ProtectedFromScaleIn>false</ProtectedFromScaleIn></member>
   <member><InstanceId>i-3</InstanceId><LifecycleState>Warmed:Stopped</LifecycleState></member>
   <member><InstanceId>i-4</InstanceId><LifecycleState>Terminated</LifecycleState></member>
   <member><InstanceId>i-5</InstanceId><LifecycleState>Standby</LifecycleState></member>
  </Instances>
  <Tags><member><Key>hakoban:grown-at</Key><Value>2026-11-23T12:00:00Z</Value></member></Tags>
 </member></AutoScalingGroups></DescribeAutoScalingGroupsResult>
</DescribeAutoScalingGroupsResponse>)";

std::string done(const std::string& action) {
  return "<" + action + "Response/>";
}

std::string with_target(const std::string& target) {
  return "<DescribeAutoScalingGroupsResponse><DescribeAutoScalingGroupsResult><AutoScalingGroups><member>"
         "<AutoScalingGroupName>web</AutoScalingGroupName><MinSize>0</MinSize><MaxSize>9</"
         "MaxSize><DesiredCapacity>" +
         target +
         "</DesiredCapacity></member></AutoScalingGroups></DescribeAutoScalingGroupsResult>"
         "</DescribeAutoScalingGroupsResponse>";
}

struct ScalingGroups : ::testing::Test {
  FakeAws aws;
  ScalingGroupsApi groups{aws.client, AwsRetryPolicy::none()};
};

TEST_F(ScalingGroups, reads_a_mixed_group_with_weights_and_members) {
  aws.http.answer(200, kGroups);
  const auto pools = groups.describe({"web"}, {});
  ASSERT_TRUE(pools) << pools.error().what;
  ASSERT_EQ(pools->size(), 1U);
  const auto& web = pools->front();
  EXPECT_TRUE(web.spot);
  EXPECT_TRUE(web.active);
  EXPECT_EQ(web.target, 4);
  EXPECT_EQ(web.min, 1);
  EXPECT_EQ(web.max, 20);
  EXPECT_EQ(web.launch_template, "lt-1:3");
  EXPECT_THAT(web.types, ElementsAre(PoolTypeSpec{"m5.xlarge", 2}, PoolTypeSpec{"m5.large", 1}));
  EXPECT_THAT(web.zones, ElementsAre("eu-west-1a", "eu-west-1b"));
  EXPECT_EQ(web.tags.at("hakoban:grown-at"), "2026-11-23T12:00:00Z");
  ASSERT_EQ(web.members.size(), 2U) << "neither warmed nor terminated ones, nor any on stand-by";
  EXPECT_EQ(web.members[0], (PoolMember{"i-1", "m5.xlarge", "eu-west-1a", "InService", 2, true}));
  EXPECT_TRUE(web.members[1].terminating());
  EXPECT_THAT(aws.http.last().body, HasSubstr("AutoScalingGroupNames.member.1=web"));
}

TEST_F(ScalingGroups, a_group_without_its_numbers_is_malformed_and_never_an_empty_one) {
  aws.http.answer(200, with_target(""));
  EXPECT_EQ(groups.describe({"web"}, {}).error().code, Errc::malformed);
}

TEST_F(ScalingGroups, grows_from_what_was_seen_and_from_nothing_else) {
  aws.http.answer(200, with_target("4"));
  aws.http.answer(200, done("SetDesiredCapacity"));
  ASSERT_TRUE(groups.grow("web", 4, 6, {}));
  EXPECT_THAT(aws.http.last().body, HasSubstr("DesiredCapacity=6"));
  EXPECT_THAT(aws.http.last().body, HasSubstr("HonorCooldown=false"));

  aws.http.answer(200, with_target("30"));
  const auto changed = groups.grow("web", 4, 6, {});
  ASSERT_FALSE(changed);
  EXPECT_EQ(changed.error().code, Errc::exists) << "6 would have shrunk it";
  EXPECT_THAT(aws.http.last().body, Not(HasSubstr("SetDesiredCapacity")));
}

TEST_F(ScalingGroups, never_lowers_the_desired_capacity) {
  EXPECT_EQ(groups.grow("web", 4, 4, {}).error().code, Errc::invalid);
  EXPECT_EQ(groups.grow("web", 4, 3, {}).error().code, Errc::invalid);
  EXPECT_TRUE(aws.http.requests().empty());
}

TEST_F(ScalingGroups, terminates_with_decrement_and_takes_one_that_is_gone_for_terminated) {
  aws.http.answer(200, done("TerminateInstanceInAutoScalingGroup"));
  ASSERT_TRUE(groups.terminate("web", {"i-1", "", "", "", 1, false}, {}));
  EXPECT_THAT(aws.http.last().body, HasSubstr("ShouldDecrementDesiredCapacity=true"));
  aws.http.answer(
      400,
      "<ErrorResponse><Error><Code>ValidationError</Code><Message>Instance Id not found - No managed "
      "instance found for instance ID i-1</Message></Error></ErrorResponse>");
  EXPECT_TRUE(groups.terminate("web", {"i-1", "", "", "", 1, false}, {}));
  aws.http.answer(
      400,
      "<ErrorResponse><Error><Code>ValidationError</Code><Message>Terminating instance without replacement "
      "will violate group's min size constraint</Message></Error></ErrorResponse>");
  EXPECT_FALSE(groups.terminate("web", {"i-1", "", "", "", 1, false}, {}));
}

TEST_F(ScalingGroups, completes_and_holds_lifecycle_actions) {
  aws.http.answer(200,
                  "<DescribeLifecycleHooksResponse><DescribeLifecycleHooksResult><LifecycleHooks>"
                  "<member><LifecycleHookName>out</LifecycleHookName><HeartbeatTimeout>300</HeartbeatTimeout>"
                  "<LifecycleTransition>autoscaling:EC2_INSTANCE_TERMINATING</LifecycleTransition></member>"
                  "<member><LifecycleHookName>in</LifecycleHookName>"
                  "<LifecycleTransition>autoscaling:EC2_INSTANCE_LAUNCHING</LifecycleTransition></member>"
                  "</LifecycleHooks></DescribeLifecycleHooksResult></DescribeLifecycleHooksResponse>");
  const auto hooks = groups.terminating_hooks("web", {});
  ASSERT_TRUE(hooks);
  EXPECT_THAT(*hooks, ElementsAre(LifecycleHook{"out", 5min}));

  const char* const none =
      "<ErrorResponse><Error><Code>ValidationError</Code><Message>No active Lifecycle Action found with "
      "instance ID "
      "i-1</Message></Error></ErrorResponse>";
  aws.http.answer(200, done("CompleteLifecycleAction"));
  EXPECT_TRUE(groups.complete("web", "out", "i-1", {}));
  EXPECT_THAT(aws.http.last().body, HasSubstr("LifecycleActionResult=CONTINUE"));
  aws.http.answer(400, none);
  EXPECT_TRUE(groups.complete("web", "out", "i-1", {})) << "somebody completed it already";
  aws.http.answer(400, none);
  EXPECT_EQ(groups.heartbeat("web", "out", "i-1", {}).error().code, Errc::not_found);
}

const char* const kFleets = R"(
<DescribeSpotFleetRequestsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><spotFleetRequestConfigSet><item>
 <spotFleetRequestId>sfr-1</spotFleetRequestId><spotFleetRequestState>active</spotFleetRequestState>
 <spotFleetRequestConfig><targetCapacity>6</targetCapacity><fulfilledCapacity>4.0</fulfilledCapacity>
  <launchSpecifications>
   <item><instanceType>m5.xlarge</instanceType><weightedCapacity>2.0</weightedCapacity>
    <placement><availabilityZone>eu-west-1a</availabilityZone></placement></item>
   <item><instanceType>m5.xlarge</instanceType><weightedCapacity>2.0</weightedCapacity>
    <placement><availabilityZone>eu-west-1b</availabilityZone></placement></item>
  </launchSpecifications>
  <launchTemplateConfigs><item>
   <launchTemplateSpecification><launchTemplateName>base</launchTemplateName></launchTemplateSpecification>
   <overrides><item><instanceType>c5.large</instanceType></item></overrides>
  </item></launchTemplateConfigs>
 </spotFleetRequestConfig>
 <tagSet><item><key>team</key><value>web</value></item></tagSet>
</item></spotFleetRequestConfigSet></DescribeSpotFleetRequestsResponse>)";

struct SpotFleets : ::testing::Test {
  FakeAws aws;
  SpotFleetsApi fleets{aws.client, AwsRetryPolicy::none()};
};

TEST_F(SpotFleets, reads_a_fleet_and_all_pages_of_its_instances) {
  aws.http.answer(200, kFleets);
  aws.http.answer(200,
                  "<DescribeSpotFleetInstancesResponse><activeInstanceSet><item><instanceId>i-1</instanceId>"
                  "<instanceType>m5.xlarge</instanceType></item></activeInstanceSet><nextToken>t</nextToken>"
                  "</DescribeSpotFleetInstancesResponse>");
  aws.http.answer(200,
                  "<DescribeSpotFleetInstancesResponse><activeInstanceSet><item><instanceId>i-2</instanceId>"
                  "<instanceType>c5.large</instanceType></item></activeInstanceSet></"
                  "DescribeSpotFleetInstancesResponse>");
  const auto pools = fleets.describe({"sfr-1"}, {});
  ASSERT_TRUE(pools) << pools.error().what;
  ASSERT_EQ(pools->size(), 1U);
  const auto& fleet = pools->front();
  EXPECT_TRUE(fleet.spot);
  EXPECT_TRUE(fleet.active);
  EXPECT_EQ(fleet.target, 6);
  EXPECT_EQ(fleet.launch_template, "base:$Default");
  EXPECT_THAT(fleet.types, ElementsAre(PoolTypeSpec{"m5.xlarge", 2}, PoolTypeSpec{"c5.large", 1}));
  EXPECT_THAT(fleet.zones, ElementsAre("eu-west-1a", "eu-west-1b"));
  EXPECT_EQ(fleet.tags.at("team"), "web");
  ASSERT_EQ(fleet.members.size(), 2U);
  EXPECT_EQ(fleet.members[0].weight, 2);
  EXPECT_EQ(fleet.members[1].weight, 1);
}

TEST_F(SpotFleets, grows_without_letting_the_fleet_terminate_anything) {
  aws.http.answer(200, kFleets);
  aws.http.answer(200,
                  "<ModifySpotFleetRequestResponse><return>true</return></ModifySpotFleetRequestResponse>");
  ASSERT_TRUE(fleets.grow("sfr-1", 6, 8, {}));
  EXPECT_THAT(aws.http.last().body, HasSubstr("TargetCapacity=8"));
  EXPECT_THAT(aws.http.last().body, HasSubstr("ExcessCapacityTerminationPolicy=noTermination"));
  aws.http.answer(200, kFleets);
  EXPECT_EQ(fleets.grow("sfr-1", 5, 7, {}).error().code, Errc::exists);
}

TEST_F(SpotFleets, an_answer_of_no_is_no_success) {
  aws.http.answer(200, kFleets);
  aws.http.answer(200,
                  "<ModifySpotFleetRequestResponse><return>false</return></ModifySpotFleetRequestResponse>");
  EXPECT_FALSE(fleets.grow("sfr-1", 6, 8, {}));
}

TEST_F(SpotFleets, releases_by_weight_and_terminates_the_one_instance) {
  const PoolMember member{"i-1", "m5.xlarge", "", "InService", 2, false};
  aws.http.answer(200, kFleets);
  aws.http.answer(200,
                  "<ModifySpotFleetRequestResponse><return>true</return></ModifySpotFleetRequestResponse>");
  ASSERT_TRUE(fleets.release("sfr-1", member, {}));
  EXPECT_THAT(aws.http.last().body, HasSubstr("TargetCapacity=4"));
  EXPECT_THAT(aws.http.last().body, HasSubstr("noTermination"));
  aws.http.answer(200, "<TerminateInstancesResponse/>");
  ASSERT_TRUE(fleets.terminate("sfr-1", member, {}));
  EXPECT_THAT(aws.http.last().body, HasSubstr("InstanceId.1=i-1"));
  aws.http.answer(
      400,
      "<Response><Errors><Error><Code>InvalidInstanceID.NotFound</Code><Message>gone</Message></Error>"
      "</Errors></Response>");
  EXPECT_TRUE(fleets.terminate("sfr-1", member, {}));
}

}  // namespace
}  // namespace hakoban
