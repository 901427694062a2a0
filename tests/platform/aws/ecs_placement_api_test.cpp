#include "platform/aws/ecs_placement_api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/fakes/fake_aws.h"

namespace hakoban {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::Pair;

struct EcsPlacementTest : ::testing::Test {
  void answer(const json& body) { aws.http.answer(200, body.dump()); }

  FakeAws aws;
  EcsPlacementApi ecs{aws.client, AwsRetryPolicy::none()};
};

TEST_F(EcsPlacementTest, lists_and_describes_the_tasks_of_an_instance) {
  answer({{"taskArns", {"t1", "t2"}}});
  answer({{"tasks",
           {{{"taskArn", "t1"},
             {"taskDefinitionArn", "d:1"},
             {"group", "service:web"},
             {"lastStatus", "RUNNING"},
             {"desiredStatus", "RUNNING"},
             {"cpu", "256"},
             {"memory", "512"}}}},
          {"failures", {{{"arn", "t2"}, {"reason", "MISSING"}}}}});
  const auto tasks = ecs.tasks_on("prod", "i", {});
  ASSERT_TRUE(tasks) << tasks.error().what;
  EXPECT_THAT(*tasks,
              ElementsAre(EcsRunningTask{"t1", "d:1", "service:web", "RUNNING", "RUNNING", 256, 512}));
  EXPECT_EQ(aws.body(0)["containerInstance"], "i");
}

TEST_F(EcsPlacementTest, half_a_list_is_no_list) {
  answer(json::object());
  EXPECT_EQ(ecs.tasks_on("prod", "i", {}).error().code, Errc::malformed);
  answer({{"taskArns", {"t1", "t2"}}});
  answer({{"tasks", {{{"taskArn", "t1"}}}}});
  EXPECT_EQ(ecs.tasks_on("prod", "i", {}).error().code, Errc::malformed);
}

TEST_F(EcsPlacementTest, an_instance_without_tasks_costs_one_call) {
  answer({{"taskArns", json::array()}});
  EXPECT_TRUE(ecs.tasks_on("prod", "i", {})->empty());
  EXPECT_EQ(aws.http.requests().size(), 1U);
}

TEST(TaskNeedOfADefinition, sums_its_containers_by_what_ecs_books) {
  const json definition{
      {"networkMode", "bridge"},
      {"containerDefinitions",
       {{{"cpu", 256},
         {"memory", 512},
         {"memoryReservation", 300},
         {"portMappings",
          {{{"containerPort", 80}, {"hostPort", 8080}, {"protocol", "tcp"}},
           {{"containerPort", 53}, {"hostPort", 53}, {"protocol", "udp"}},
           {{"containerPort", 81}, {"hostPort", 0}}}},
         {"resourceRequirements", {{{"type", "GPU"}, {"value", "2"}}}}},
        {{"cpu", 64}, {"memory", 128}}}},
      {"placementConstraints", {{{"type", "memberOf"}, {"expression", "attribute:stack == blue"}}}}};
  TaskNeed expected;
  expected.cpu = 320;
  expected.memory = 428;
  expected.gpus = 2;
  expected.ports = {8080};
  expected.udp_ports = {53};
  expected.constraints = {"attribute:stack == blue"};
  EXPECT_EQ(read_task_need(definition), expected);
}

TEST(TaskNeedOfADefinition, the_tasks_own_size_counts_and_awsvpc_takes_no_host_port) {
  const json definition{
      {"networkMode", "awsvpc"},
      {"cpu", "1024"},
      {"memory", "2048"},
      {"containerDefinitions", {{{"cpu", 10}, {"memory", 10}, {"portMappings", {{{"hostPort", 80}}}}}}}};
  TaskNeed expected;
  expected.cpu = 1024;
  expected.memory = 2048;
  EXPECT_EQ(read_task_need(definition), expected);
}

TEST_F(EcsPlacementTest, drains_in_tens_and_tells_what_ecs_refused) {
  std::vector<std::string> arns;
  for (int i = 0; i < 11; ++i) arns.push_back("arn:" + std::to_string(i));
  json first = json::array();
  for (int i = 0; i < 9; ++i) first.push_back({{"containerInstanceArn", arns[i]}, {"status", "DRAINING"}});
  answer({{"containerInstances", first}, {"failures", {{{"arn", "arn:9"}, {"reason", "INACTIVE"}}}}});
  answer({{"containerInstances", {{{"containerInstanceArn", "arn:10"}, {"status", "ACTIVE"}}}}});
  const auto refused = ecs.set_status("prod", arns, "DRAINING", {});
  ASSERT_TRUE(refused);
  EXPECT_THAT(*refused,
              ElementsAre(Pair("arn:10", "ECS did not say that it is done"), Pair("arn:9", "INACTIVE")));
  EXPECT_EQ(aws.body(0)["containerInstances"].size(), 10U);
}

TEST_F(EcsPlacementTest, puts_an_attribute_and_takes_it_off_by_name_alone) {
  answer({{"attributes", json::array()}});
  ASSERT_TRUE(ecs.set_attribute("prod", "arn:1", "hakoban.drained-at", "2026-11-23T12:00:00.000Z", {}));
  EXPECT_EQ(aws.action(0), "PutAttributes");
  EXPECT_EQ(
      aws.body(0)["attributes"][0],
      (json{{"name", "hakoban.drained-at"}, {"value", "2026-11-23T12:00:00.000Z"}, {"targetId", "arn:1"}}));
  answer({{"attributes", json::array()}});
  ASSERT_TRUE(ecs.set_attribute("prod", "arn:1", "hakoban.drained-at", "", {}));
  EXPECT_EQ(aws.action(1), "DeleteAttributes");
  EXPECT_FALSE(aws.body(1)["attributes"][0].contains("value"));
}

TEST_F(EcsPlacementTest, knows_protected_tasks) {
  answer({{"protectedTasks",
           {{{"taskArn", "t1"}, {"protectionEnabled", true}},
            {{"taskArn", "t2"}, {"protectionEnabled", false}}}}});
  EXPECT_THAT(*ecs.protected_tasks("prod", {"t1", "t2"}, {}), ElementsAre("t1"));
  EXPECT_TRUE(ecs.protected_tasks("prod", {}, {})->empty());
  EXPECT_EQ(aws.http.requests().size(), 1U) << "about nothing nothing is asked";
}

}  // namespace
}  // namespace hakoban
