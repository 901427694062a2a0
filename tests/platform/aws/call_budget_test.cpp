#include "platform/aws/call_budget.h"

#include <gtest/gtest.h>

#include "tests/fakes/fake_aws.h"
#include "tests/fakes/registry_values.h"

namespace hakoban {
namespace {

TEST(CallBudget, every_family_of_calls_has_a_bucket_of_its_own) {
  EXPECT_EQ(call_family(AwsService::ecs, "DescribeTasks"),
            call_family(AwsService::ecs, "ListContainerInstances"));
  EXPECT_NE(call_family(AwsService::ecs, "DescribeServices"), call_family(AwsService::ecs, "DescribeTasks"));
  EXPECT_EQ(call_family(AwsService::ecs, "UpdateContainerInstancesState"), "ecs_cluster_modify");
  EXPECT_EQ(call_family(AwsService::ec2, "TerminateInstances"), "ec2_modify");
  EXPECT_EQ(call_family(AwsService::autoscaling, "SetDesiredCapacity"), "autoscaling_modify");
  EXPECT_EQ(call_family(AwsService::sqs, "ReceiveMessage"), "");
}

struct Budget : ::testing::Test {
  Result<void> call(const std::string& action, std::optional<SteadyPoint> until = {}) {
    return budget.admit(AwsService::ecs, action, until, stop.get_token());
  }

  FakeClock clock;
  prometheus::Registry registry;
  CallBudget budget{clock, registry, 0.1};  // of ECS's cluster reads: 10, then 2 a second
  std::stop_source stop;
};

TEST_F(Budget, waits_once_its_share_is_used_up) {
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(call("DescribeTasks"));
  EXPECT_TRUE(clock.sleeps().empty());
  ASSERT_TRUE(call("ListContainerInstances"));
  ASSERT_EQ(clock.sleeps().size(), 1U);
  EXPECT_EQ(clock.sleeps()[0], 500ms);
  ASSERT_TRUE(call("DescribeServices")) << "of another family";
  EXPECT_EQ(clock.sleeps().size(), 1U);
}

TEST_F(Budget, a_call_whose_turn_comes_too_late_is_not_made) {
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(call("DescribeTasks"));
  const auto refused = call("DescribeTasks", clock.steady() + 100ms);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::throttled);
}

TEST_F(Budget, a_throttle_empties_the_bucket) {
  ASSERT_TRUE(call("DescribeTasks"));
  budget.throttled(AwsService::ecs, "DescribeTasks");
  ASSERT_TRUE(call("DescribeTasks"));
  EXPECT_EQ(clock.sleeps(), (std::vector<Duration>{1500ms}));
}

TEST_F(Budget, stops_waiting_when_it_is_told_to) {
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(call("DescribeTasks"));
  stop.request_stop();
  EXPECT_EQ(call("DescribeTasks").error().code, Errc::cancelled);
}

TEST(AwsClientWithBudget, each_attempt_passes_the_gate_and_throttles_are_told) {
  FakeAws outside;
  CallBudget budget{outside.clock, outside.registry, 1.0};
  AwsClient client{outside.http,      outside.credentials, outside.clock, outside.registry,
                   FakeAws::config(), [] { return 0.5; },  &budget};
  outside.http.answer(400, R"({"__type":"ThrottlingException"})");
  outside.http.answer(200, "{}");
  ASSERT_TRUE(client.call_json(AwsService::ecs, "X.DescribeTasks", {}, {}, {}));
  const std::map<std::string, std::string> family{{"family", "ecs_cluster_read"}};
  EXPECT_EQ(value_in(outside.registry, "hakoban_aws_budget_calls_total", family), 2);
  EXPECT_EQ(value_in(outside.registry, "hakoban_aws_budget_throttles_total", family), 1);
}

}  // namespace
}  // namespace hakoban
