#include "platform/aws/ecs_api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "platform/files.h"
#include "tests/fakes/fake_aws.h"

namespace hakoban {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string fixture(const std::string& name) {
  return read_file(std::filesystem::path{HAKOBAN_TESTS} / "fixtures/aws" / name).value();
}

const std::string kInstance =
    "arn:aws:ecs:eu-west-1:123456789012:container-instance/prod/aaaabbbbccccddddeeeeffff00001111";
const std::string kTask = "arn:aws:ecs:eu-west-1:123456789012:task/prod/00000000000000000000000000000001";

struct EcsApiTest : ::testing::Test {
  void answer_client_error(const std::string& type, const std::string& message) {
    aws.http.answer(400, json{{"__type", type}, {"message", message}}.dump());
  }

  FakeAws aws;
  EcsApi ecs{aws.client, AwsRetryPolicy::none()};
};

TEST_F(EcsApiTest, reads_tasks_of_both_network_modes) {
  aws.http.answer(200, fixture("ecs-describe-tasks.json"));
  const auto batch = ecs.describe_tasks("prod", std::vector<std::string>{"a", "b", "c"}, {});
  ASSERT_TRUE(batch) << batch.error().what;
  EXPECT_EQ(aws.action(0), "DescribeTasks");
  EXPECT_EQ(aws.body(0), (json{{"cluster", "prod"}, {"include", {"TAGS"}}, {"tasks", {"a", "b", "c"}}}));
  EXPECT_THAT(batch->missing,
              ElementsAre("arn:aws:ecs:eu-west-1:123456789012:task/prod/ffffffffffffffffffffffffffffffff"));
  ASSERT_EQ(batch->found.size(), 2U);
  const auto& web = batch->found[0];
  EXPECT_EQ(web.arn, kTask);
  EXPECT_EQ(web.group, "service:web");
  EXPECT_EQ(web.started_by, "ecs-svc/1234567890123456789");
  EXPECT_EQ(web.last_status, "RUNNING");
  EXPECT_EQ(web.private_ip, "");
  EXPECT_EQ(web.tags, (std::map<std::string, std::string>{{"team", "web"}, {"empty", ""}}));
  ASSERT_EQ(web.bindings.size(), 2U) << "once for both addresses, port ranges left out";
  EXPECT_EQ(web.bindings[0].container_name, "app");
  EXPECT_EQ(web.bindings[0].container_port, 80);
  EXPECT_EQ(web.bindings[0].host_port, 32768);
  EXPECT_EQ(web.bindings[1].host_port, 32769);
  EXPECT_EQ(batch->found[1].private_ip, "10.0.0.139");
  EXPECT_EQ(batch->found[1].group, "family:batch");
}

TEST_F(EcsApiTest, asks_about_at_most_100_tasks_and_10_services_at_once) {
  aws.http.answer_by([](const HttpRequest&) { return HttpResponse{200, {}, R"({"failures":[]})"}; });
  const std::vector<std::string> many(201, "x");
  ASSERT_TRUE(ecs.describe_tasks("prod", many, {}));
  ASSERT_EQ(aws.http.requests().size(), 3U);
  EXPECT_EQ(aws.body(0)["tasks"].size(), 100U);
  EXPECT_EQ(aws.body(2)["tasks"].size(), 1U);
  ASSERT_TRUE(ecs.describe_services("prod", std::vector<std::string>(11, "s"), {}));
  EXPECT_EQ(aws.body(3)["services"].size(), 10U);
  EXPECT_EQ(aws.body(4)["services"].size(), 1U);
}

TEST_F(EcsApiTest, asks_nothing_about_nothing) {
  const auto batch = ecs.describe_tasks("prod", {}, {});
  ASSERT_TRUE(batch);
  EXPECT_THAT(batch->found, IsEmpty());
  EXPECT_THAT(aws.http.requests(), IsEmpty());
}

TEST_F(EcsApiTest, reads_a_task_definition) {
  aws.http.answer(200, fixture("ecs-describe-task-definition.json"));
  const auto definition = ecs.describe_task_definition("web:7", {});
  ASSERT_TRUE(definition) << definition.error().what;
  EXPECT_EQ(aws.body(0), json::object({{"taskDefinition", "web:7"}}));
  EXPECT_EQ(definition->network_mode, "awsvpc");
  EXPECT_EQ(definition->memory_bytes, 512ULL << 20);
  EXPECT_EQ(definition->cpu_vcpus, 0.25);
  ASSERT_EQ(definition->containers.size(), 3U);
  EXPECT_EQ(definition->containers[0].stop_timeout, Duration{20s});
  EXPECT_FALSE(definition->containers[1].essential);
  EXPECT_EQ(definition->containers[1].stop_timeout, std::nullopt);
  EXPECT_TRUE(definition->containers[2].essential);
}

TEST_F(EcsApiTest, an_unknown_task_definition_is_not_found_though_ecs_has_no_code_for_it) {
  answer_client_error("ClientException", "Unable to describe task definition.");
  EXPECT_EQ(ecs.describe_task_definition("nope:1", {}).error().code, Errc::not_found);
  answer_client_error("ClientException", "Something else.");
  EXPECT_EQ(ecs.describe_task_definition("nope:1", {}).error().code, Errc::invalid);
}

TEST_F(EcsApiTest, reads_every_load_balancer_of_a_service_once) {
  aws.http.answer(200, fixture("ecs-describe-services.json"));
  const auto batch = ecs.describe_services("prod", std::vector<std::string>{"web", "old", "gone"}, {});
  ASSERT_TRUE(batch) << batch.error().what;
  ASSERT_EQ(batch->found.size(), 2U);
  EXPECT_EQ(batch->missing.size(), 1U);
  const auto& web = batch->found[0];
  EXPECT_EQ(web.name, "web");
  EXPECT_EQ(web.scheduling_strategy, "REPLICA");
  ASSERT_EQ(web.load_balancers.size(), 3U);
  EXPECT_THAT(web.load_balancers[0].target_group_arn, HasSubstr("/blue/"));
  EXPECT_EQ(web.load_balancers[0].container_port, 80);
  EXPECT_THAT(web.load_balancers[1].target_group_arn, HasSubstr("/green/"));
  EXPECT_EQ(web.load_balancers[1].container_name, "app");
  EXPECT_THAT(web.load_balancers[2].target_group_arn, HasSubstr("/set/"));
  EXPECT_EQ(batch->found[1].load_balancers[0].load_balancer_name, "classic");
  EXPECT_EQ(batch->found[1].scheduling_strategy, "DAEMON");
}

TEST_F(EcsApiTest, sets_an_instance_draining) {
  aws.http.answer(200, fixture("ecs-describe-container-instances.json"));
  ASSERT_TRUE(ecs.set_instance_status("prod", kInstance, "DRAINING", {}));
  EXPECT_EQ(aws.action(0), "UpdateContainerInstancesState");
  EXPECT_EQ(aws.body(0),
            (json{{"cluster", "prod"}, {"containerInstances", {kInstance}}, {"status", "DRAINING"}}));
}

TEST_F(EcsApiTest, failures_inside_a_successful_answer_are_errors) {
  aws.http.answer(200, R"({"containerInstances":[],"failures":[{"arn":"a","reason":"MISSING"}]})");
  EXPECT_EQ(ecs.set_instance_status("prod", "a", "DRAINING", {}).error().code, Errc::not_found);
  aws.http.answer(200,
                  R"({"containerInstances":[],"failures":[{"arn":"a","reason":"INACTIVE","detail":"x"}]})");
  const auto inactive = ecs.set_instance_status("prod", "a", "DRAINING", {});
  EXPECT_EQ(inactive.error().code, Errc::invalid);
  EXPECT_THAT(inactive.error().what, HasSubstr("a: INACTIVE: x"));
  aws.http.answer(200, R"({"containerInstances":[],"failures":[{"arn":"a","reason":"MISSING"}]})");
  EXPECT_EQ(ecs.instance_status("prod", "a", {}).error().code, Errc::not_found);
}

TEST_F(EcsApiTest, an_instance_that_did_not_take_the_status_is_worth_another_try) {
  aws.http.answer(200, R"({"containerInstances":[{"status":"ACTIVE"}],"failures":[]})");
  EXPECT_TRUE(ecs.set_instance_status("prod", "a", "DRAINING", {}).error().transient());
}

TEST_F(EcsApiTest, an_answer_without_the_instance_is_malformed) {
  for (const char* body : {"{}", R"({"containerInstances":[]})", R"({"containerInstances":[{}]})",
                           R"({"containerInstances":{"status":"DRAINING"}})"}) {
    aws.http.answer(200, body);
    EXPECT_EQ(ecs.set_instance_status("prod", "a", "DRAINING", {}).error().code, Errc::malformed) << body;
  }
}

TEST_F(EcsApiTest, tells_the_status_of_an_instance) {
  aws.http.answer(200, fixture("ecs-describe-container-instances.json"));
  EXPECT_EQ(ecs.instance_status("prod", kInstance, {}).value(), "DRAINING");
}

TEST_F(EcsApiTest, stops_a_task_with_its_reason) {
  aws.http.answer(200, R"({"task":{"desiredStatus":"STOPPED"}})");
  ASSERT_TRUE(ecs.stop_task("prod", kTask, "spot interruption", {}));
  EXPECT_EQ(aws.body(0), (json{{"cluster", "prod"}, {"task", kTask}, {"reason", "spot interruption"}}));
}

TEST_F(EcsApiTest, a_task_that_is_gone_is_stopped_but_a_cluster_that_is_gone_is_an_error) {
  answer_client_error("InvalidParameterException", "The referenced task was not found.");
  EXPECT_TRUE(ecs.stop_task("prod", kTask, "r", {}));
  answer_client_error("ClusterNotFoundException", "The referenced cluster was inactive.");
  EXPECT_EQ(ecs.stop_task("prod", kTask, "r", {}).error().code, Errc::not_found);
  answer_client_error("InvalidParameterException", "Task Identifier is invalid");
  EXPECT_EQ(ecs.stop_task("prod", kTask, "r", {}).error().code, Errc::invalid);
}

TEST_F(EcsApiTest, members_of_wrong_types_are_as_if_left_out) {
  aws.http.answer(200, R"({"tasks":[7,null,{"taskArn":1,"containers":[{"name":"a","networkBindings":[
      {"hostPort":70000},{"hostPort":-1},{"hostPort":"80"},null]},3],"attachments":{"type":1},"tags":[[]]}],
      "failures":"none"})");
  const auto batch = ecs.describe_tasks("prod", std::vector<std::string>{"a"}, {});
  ASSERT_TRUE(batch);
  ASSERT_EQ(batch->found.size(), 3U);
  EXPECT_EQ(batch->found[2].arn, "");
  EXPECT_THAT(batch->found[2].bindings, IsEmpty());
}

}  // namespace
}  // namespace hakoban
