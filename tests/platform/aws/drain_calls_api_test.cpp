// The smaller calls of a drain: classic load balancers, Cloud Map, lifecycle hooks, task protection, topics.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "platform/aws/classic_elb_api.h"
#include "platform/aws/instance_lifecycle_api.h"
#include "platform/aws/service_discovery_api.h"
#include "platform/aws/task_protection_api.h"
#include "platform/aws/topics_api.h"
#include "tests/fakes/fake_aws.h"

namespace hakoban {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string error_xml(const std::string& code, const std::string& message = "m") {
  return fmt::format("<ErrorResponse><Error><Code>{}</Code><Message>{}</Message></Error></ErrorResponse>",
                     code, message);
}

std::string classic_health(const std::string& state, const std::string& description) {
  return fmt::format(
      "<DescribeInstanceHealthResponse><DescribeInstanceHealthResult><InstanceStates><member><InstanceId>i-1"
      "</InstanceId><State>{}</State><ReasonCode>N/A</ReasonCode><Description>{}</Description></member>"
      "</InstanceStates></DescribeInstanceHealthResult></DescribeInstanceHealthResponse>",
      state, description);
}

struct DrainApis : ::testing::Test {
  FakeAws aws;
  ClassicElbApi classic{aws.client, AwsRetryPolicy::none()};
  ServiceDiscoveryApi discovery{aws.client, AwsRetryPolicy::none()};
  InstanceLifecycleApi lifecycle{aws.client, AwsRetryPolicy::none()};
  TaskProtectionApi protection{aws.client, AwsRetryPolicy::none()};
  TopicsApi topics{aws.client, AwsRetryPolicy::none()};
};

TEST_F(DrainApis, classic_deregisters_the_instance) {
  aws.http.answer(200, "<DeregisterInstancesFromLoadBalancerResponse/>");
  ASSERT_TRUE(classic.deregister_instance("old", "i-1", {}));
  const std::string body = aws.http.requests().at(0).body;
  EXPECT_THAT(body, HasSubstr("Action=DeregisterInstancesFromLoadBalancer&Version=2012-06-01"));
  EXPECT_THAT(body, HasSubstr("LoadBalancerName=old&Instances.member.1.InstanceId=i-1"));
}

TEST_F(DrainApis, classic_takes_what_is_gone_for_done) {
  for (const char* code : {"LoadBalancerNotFound", "InvalidInstance"}) {
    aws.http.answer(400, error_xml(code));
    EXPECT_TRUE(classic.deregister_instance("old", "i-1", {})) << code;
    aws.http.answer(400, error_xml(code));
    EXPECT_EQ(classic.standing("old", "i-1", {}).value(), ClassicStanding::gone) << code;
  }
  aws.http.answer(400, error_xml("Throttling"));
  EXPECT_EQ(classic.deregister_instance("old", "i-1", {}).error().code, Errc::throttled);
}

TEST_F(DrainApis, classic_tells_connection_draining_from_its_description) {
  aws.http.answer(200, classic_health("InService", "N/A"));
  EXPECT_EQ(classic.standing("old", "i-1", {}).value(), ClassicStanding::registered);
  aws.http.answer(200, classic_health("InService", "Instance deregistration currently in progress."));
  EXPECT_EQ(classic.standing("old", "i-1", {}).value(), ClassicStanding::deregistering);
  aws.http.answer(
      200, classic_health("OutOfService", "Instance is not currently registered with the LoadBalancer."));
  EXPECT_EQ(classic.standing("old", "i-1", {}).value(), ClassicStanding::gone);
  aws.http.answer(200, "<DescribeInstanceHealthResponse/>");
  EXPECT_EQ(classic.standing("old", "i-1", {}).error().code, Errc::malformed);
}

TEST_F(DrainApis, discovery_leaves_with_the_instances_id) {
  aws.http.answer(200, R"({"OperationId":"op"})");
  ASSERT_TRUE(discovery.deregister_instance("srv-1", "task-1", {}));
  EXPECT_EQ(aws.action(0), "DeregisterInstance");
  EXPECT_EQ(aws.body(0), (nlohmann::json{{"ServiceId", "srv-1"}, {"InstanceId", "task-1"}}));
  EXPECT_THAT(aws.http.requests().at(0).url, HasSubstr("servicediscovery.eu-west-1.amazonaws.com"));
}

TEST_F(DrainApis, discovery_takes_what_is_gone_or_under_way_for_done) {
  for (const char* code : {"InstanceNotFound", "ServiceNotFound", "DuplicateRequest"}) {
    aws.http.answer(400, fmt::format(R"({{"__type":"{}","message":"m"}})", code));
    EXPECT_TRUE(discovery.deregister_instance("srv-1", "task-1", {})) << code;
  }
  aws.http.answer(400, R"({"__type":"InvalidInput","message":"m"})");
  EXPECT_EQ(discovery.deregister_instance("srv-1", "task-1", {}).error().code, Errc::invalid);
}

constexpr const char* kInstances =
    "<DescribeAutoScalingInstancesResponse><DescribeAutoScalingInstancesResult><AutoScalingInstances><member>"
    "<InstanceId>i-1</InstanceId><AutoScalingGroupName>hosts</AutoScalingGroupName></member></"
    "AutoScalingInstances>"
    "</DescribeAutoScalingInstancesResult></DescribeAutoScalingInstancesResponse>";
constexpr const char* kHooks =
    "<DescribeLifecycleHooksResponse><DescribeLifecycleHooksResult><LifecycleHooks>"
    "<member><LifecycleHookName>born</"
    "LifecycleHookName><LifecycleTransition>autoscaling:EC2_INSTANCE_LAUNCHING"
    "</LifecycleTransition><HeartbeatTimeout>60</HeartbeatTimeout></member>"
    "<member><LifecycleHookName>drain</"
    "LifecycleHookName><LifecycleTransition>autoscaling:EC2_INSTANCE_TERMINATING"
    "</LifecycleTransition><HeartbeatTimeout>900</HeartbeatTimeout></member>"
    "</LifecycleHooks></DescribeLifecycleHooksResult></DescribeLifecycleHooksResponse>";

TEST_F(DrainApis, lifecycle_finds_the_hooks_of_the_instances_group) {
  aws.http.answer(200, kInstances);
  aws.http.answer(200, kHooks);
  const auto found = lifecycle.find("i-1", {});
  ASSERT_TRUE(found);
  EXPECT_EQ(found->group, "hosts");
  ASSERT_EQ(found->hooks.size(), 1U);
  EXPECT_EQ(found->hooks[0].name, "drain");
  EXPECT_EQ(found->hooks[0].heartbeat_timeout, 15min);
}

TEST_F(DrainApis, lifecycle_asks_for_no_hooks_outside_a_group) {
  aws.http.answer(200, "<DescribeAutoScalingInstancesResponse/>");
  const auto found = lifecycle.find("i-1", {});
  ASSERT_TRUE(found);
  EXPECT_TRUE(found->group.empty() && found->hooks.empty());
  EXPECT_EQ(aws.http.requests().size(), 1U);
}

TEST_F(DrainApis, lifecycle_continues_and_takes_an_action_that_is_over_for_done) {
  aws.http.answer(200, "<CompleteLifecycleActionResponse/>");
  ASSERT_TRUE(lifecycle.complete("hosts", "drain", "i-1", {}));
  EXPECT_THAT(aws.http.requests().at(0).body,
              HasSubstr("AutoScalingGroupName=hosts&LifecycleHookName=drain&InstanceId=i-1&"
                        "LifecycleActionResult=CONTINUE"));
  const std::string over =
      error_xml("ValidationError", "No active Lifecycle Action found with instance ID i-1");
  aws.http.answer(400, over);
  EXPECT_TRUE(lifecycle.complete("hosts", "drain", "i-1", {}));
  aws.http.answer(400, over);
  EXPECT_TRUE(lifecycle.heartbeat("hosts", "drain", "i-1", {}));
  aws.http.answer(400, error_xml("ValidationError", "Lifecycle hook not found"));
  EXPECT_EQ(lifecycle.complete("hosts", "drain", "i-1", {}).error().code, Errc::invalid);
}

TEST_F(DrainApis, protection_names_those_that_are_protected_a_hundred_at_a_time) {
  std::vector<std::string> tasks;
  for (int number = 0; number < 101; ++number) tasks.push_back(fmt::format("arn:task/{}", number));
  aws.http.answer(
      200, R"({"protectedTasks":[{"taskArn":"arn:task/1","protectionEnabled":true,"expirationDate":1.7e9},
      {"taskArn":"arn:task/2","protectionEnabled":false}],"failures":[{"arn":"arn:task/3","reason":"TASK_NOT_VALID"}]})");
  aws.http.answer(200, R"({"protectedTasks":[],"failures":[]})");
  const auto spared = protection.protected_among("prod", tasks, {});
  ASSERT_TRUE(spared);
  EXPECT_THAT(*spared, ElementsAre("arn:task/1"));
  EXPECT_EQ(aws.body(0)["tasks"].size(), 100U);
  EXPECT_EQ(aws.body(1)["tasks"].size(), 1U);
}

TEST_F(DrainApis, topics_publish) {
  aws.http.answer(200, "<PublishResponse/>");
  ASSERT_TRUE(topics.publish("arn:topic", "subject", "{\"a\":1}", {}));
  EXPECT_THAT(aws.http.requests().at(0).body, HasSubstr("Action=Publish&Version=2010-03-31&TopicArn=arn%"
                                                        "3Atopic&Subject=subject&Message=%7B%22a%22%3A1%7D"));
}

}  // namespace
}  // namespace hakoban
