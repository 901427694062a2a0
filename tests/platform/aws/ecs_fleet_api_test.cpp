#include "platform/aws/ecs_fleet_api.h"

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

struct EcsFleetApiTest : ::testing::Test {
  void answer(const json& body) { aws.http.answer(200, body.dump()); }

  FakeAws aws;
  EcsFleetApi fleet{aws.client, AwsRetryPolicy::none()};
};

TEST_F(EcsFleetApiTest, reads_an_instance_with_its_resources) {
  answer({{"containerInstanceArns", {"a"}}});
  aws.http.answer(200, fixture("ecs-describe-container-instances.json"));
  const auto instances = fleet.instances("prod", {});
  ASSERT_TRUE(instances) << instances.error().what;
  ASSERT_EQ(instances->size(), 1U);
  const auto& one = instances->front();
  EXPECT_EQ(one.ec2_instance_id, "i-0123456789abcdef0");
  EXPECT_EQ(one.status, "DRAINING");
  EXPECT_TRUE(one.agent_connected);
  EXPECT_EQ(one.running_tasks, 2);
  EXPECT_EQ(one.pending_tasks, 1);
  EXPECT_EQ(one.registered.cpu_units, 2048);
  EXPECT_EQ(one.registered.memory_mib, 3779);
  EXPECT_THAT(one.registered.gpus, ElementsAre("GPU-1b2c"));
  EXPECT_EQ(one.remaining.cpu_units, 1792);
  EXPECT_EQ(one.remaining.memory_mib, 3267);
  EXPECT_THAT(one.remaining.ports, ElementsAre(22, 2376, 2375, 51678, 51679, 80));
  EXPECT_THAT(one.remaining.udp_ports, ElementsAre(53));
  EXPECT_EQ(one.agent_version, "1.105.1");
  EXPECT_EQ(one.capacity_provider, "spot");
  EXPECT_EQ(one.registered_at, parse_rfc3339("2026-11-23T07:46:40.125Z").value());
  EXPECT_EQ(one.attributes.at("ecs.availability-zone"), "eu-west-1a");
  EXPECT_EQ(one.attributes.at("com.amazonaws.ecs.capability.logging-driver.json-file"), "");
}

TEST_F(EcsFleetApiTest, reads_services_with_their_counts_and_newest_events) {
  answer({{"serviceArns", {"a", "b", "c"}}});
  aws.http.answer(200, fixture("ecs-describe-services.json"));
  const auto services = fleet.services("prod", 1, {});
  ASSERT_TRUE(services) << services.error().what;
  ASSERT_EQ(services->size(), 2U);
  const auto& web = services->front();
  EXPECT_EQ(web.name, "web");
  EXPECT_EQ(web.desired, 4);
  EXPECT_EQ(web.running, 2);
  EXPECT_EQ(web.pending, 1);
  ASSERT_EQ(web.deployments.size(), 1U);
  EXPECT_EQ(web.deployments[0].rollout_state, "IN_PROGRESS");
  EXPECT_EQ(web.deployments[0].failed, 3);
  ASSERT_EQ(web.events.size(), 1U);
  EXPECT_EQ(web.events[0].id, "e2");
  EXPECT_THAT(web.events[0].message, HasSubstr("unable to place"));
  EXPECT_EQ(format_rfc3339(web.events[0].at), "2026-11-23T12:01:40.250Z");
}

TEST_F(EcsFleetApiTest, walks_all_pages_and_asks_in_batches) {
  json first{{"serviceArns", json::array()}, {"nextToken", "t1"}};
  for (int i = 0; i < 12; ++i) first["serviceArns"].push_back("s" + std::to_string(i));
  answer(first);
  answer({{"serviceArns", {"last"}}});
  aws.http.answer_by([](const HttpRequest& request) {
    json services = json::array();
    const json asked = json::parse(request.body);
    for (const auto& name : asked.at("services")) services.push_back({{"serviceName", name}});
    return HttpResponse{200, {}, json::object({{"services", services}}).dump()};
  });
  const auto services = fleet.services("prod", 0, {});
  ASSERT_TRUE(services) << services.error().what;
  EXPECT_EQ(services->size(), 13U);
  EXPECT_EQ(services->back().name, "last");
  EXPECT_EQ(aws.body(0), (json{{"cluster", "prod"}, {"maxResults", 100}}));
  EXPECT_EQ(aws.body(1)["nextToken"], "t1");
  EXPECT_EQ(aws.body(2)["services"].size(), 10U);
  EXPECT_EQ(aws.body(3)["services"].size(), 3U);
}

TEST_F(EcsFleetApiTest, an_empty_cluster_is_no_error) {
  answer({{"containerInstanceArns", json::array()}});
  const auto instances = fleet.instances("prod", {});
  ASSERT_TRUE(instances);
  EXPECT_THAT(*instances, IsEmpty());
}

TEST_F(EcsFleetApiTest, half_a_cluster_never_looks_like_a_small_one) {
  answer(json::object());
  EXPECT_EQ(fleet.instances("prod", {}).error().code, Errc::malformed) << "a page without its list";
  answer({{"containerInstanceArns", {"a", "b"}}});
  answer({{"containerInstances", {{{"status", "ACTIVE"}}}}});
  EXPECT_EQ(fleet.instances("prod", {}).error().code, Errc::malformed) << "asked about two, told about one";
  answer({{"containerInstanceArns", {"a"}}, {"nextToken", "t"}});
  aws.http.answer(400, R"({"__type":"ServerException"})");
  EXPECT_EQ(fleet.instances("prod", {}).error().code, Errc::unavailable) << "the second page failed";
}

TEST_F(EcsFleetApiTest, an_instance_that_goes_while_we_list_is_left_out) {
  answer({{"containerInstanceArns", {"a", "b"}}});
  answer({{"containerInstances", {{{"status", "ACTIVE"}}}},
          {"failures", {{{"arn", "b"}, {"reason", "MISSING"}}}}});
  const auto instances = fleet.instances("prod", {});
  ASSERT_TRUE(instances) << instances.error().what;
  EXPECT_EQ(instances->size(), 1U);
}

TEST_F(EcsFleetApiTest, a_list_that_never_ends_is_given_up) {
  aws.http.answer_by([](const HttpRequest&) {
    return HttpResponse{200, {}, R"({"serviceArns":[],"nextToken":"again"})"};
  });
  EXPECT_EQ(fleet.services("prod", 0, {}).error().code, Errc::malformed);
}

}  // namespace
}  // namespace hakoban
