#include "platform/ecs_introspection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "platform/files.h"
#include "tests/fakes/fake_http_client.h"

namespace hakoban {
namespace {

using ::testing::HasSubstr;

class Introspection : public ::testing::Test {
 protected:
  void answer_recorded(const std::string& name) {
    http_.answer(200, *read_file(HAKOBAN_TESTS "/fixtures/ecs-agent/introspection-" + name + ".json"));
  }

  FakeHttpClient http_;
  EcsIntrospectionClient agent_{http_};
  const std::stop_token stop_;
};

TEST_F(Introspection, reads_the_recorded_metadata) {
  answer_recorded("metadata");
  const auto identity = agent_.metadata(stop_);
  ASSERT_TRUE(identity);
  EXPECT_EQ(identity->cluster, "prod");
  EXPECT_THAT(identity->container_instance_arn, HasSubstr("container-instance/prod/90694a7f"));
  EXPECT_THAT(identity->agent_version, HasSubstr("v1.105.1"));
  EXPECT_EQ(http_.last().url, "http://127.0.0.1:51678/v1/metadata");
  EXPECT_TRUE(http_.last().direct);
}

TEST_F(Introspection, knows_a_cluster_given_by_arn_by_its_name) {
  http_.answer(200, R"({"Cluster":"arn:aws:ecs:eu-west-1:1:cluster/prod","ContainerInstanceArn":"arn:x"})");
  EXPECT_EQ(agent_.metadata(stop_)->cluster, "prod");
}

TEST_F(Introspection, an_instance_that_is_not_registered_yet_is_not_found) {
  for (const char* body : {R"({"Cluster":"prod","ContainerInstanceArn":null,"Version":"1"})",
                           R"({"Cluster":"","ContainerInstanceArn":"arn:x"})", "{}"}) {
    http_.answer(200, body);
    EXPECT_EQ(agent_.metadata(stop_).error().code, Errc::not_found) << body;
  }
}

TEST_F(Introspection, reads_the_recorded_tasks) {
  answer_recorded("tasks-running");
  const auto tasks = agent_.tasks(stop_);
  ASSERT_TRUE(tasks);
  ASSERT_EQ(tasks->size(), 2U);
  const auto& web = tasks->front();
  EXPECT_THAT(web.arn, HasSubstr("task/prod/58ece341-633a-4263-8f75-eaa566e1bb97"));
  EXPECT_EQ(web.known_status, "RUNNING");
  EXPECT_EQ(web.desired_status, "RUNNING");
  EXPECT_EQ(web.family, "web");
  EXPECT_EQ(web.revision, "1");
  ASSERT_EQ(web.containers.size(), 2U);
  EXPECT_EQ(web.containers[1].name, "app");
  EXPECT_EQ(web.containers[1].docker_id, "967c5a40ee6b2d06637df7273f8ab7a69b05ebec76d1a8cd60feab480b14a8ba");
}

TEST_F(Introspection, stopped_tasks_are_told_too) {
  answer_recorded("tasks-stopped");
  const auto tasks = agent_.tasks(stop_);
  ASSERT_TRUE(tasks);
  for (const auto& task : *tasks) EXPECT_EQ(task.known_status, "STOPPED");
}

TEST_F(Introspection, odd_entries_are_left_out) {
  http_.answer(
      200,
      R"({"Tasks":[null,7,{"Arn":null},{"Arn":"a","Containers":null},{"Arn":"b","Containers":[null,{"DockerId":7}]}]})");
  const auto tasks = agent_.tasks(stop_);
  ASSERT_TRUE(tasks);
  ASSERT_EQ(tasks->size(), 2U);
  EXPECT_EQ(tasks->at(1).containers.size(), 2U);
}

TEST_F(Introspection, no_tasks_is_an_answer) {
  http_.answer(200, R"({"Tasks":null})");
  EXPECT_TRUE(agent_.tasks(stop_)->empty());
}

TEST_F(Introspection, garbage_errors_and_silence_are_told_apart) {
  http_.answer(200, "<html>");
  EXPECT_EQ(agent_.tasks(stop_).error().code, Errc::malformed);
  http_.answer(500, "");
  EXPECT_EQ(agent_.tasks(stop_).error().code, Errc::unavailable);
  http_.answer(404, "");
  EXPECT_EQ(agent_.metadata(stop_).error().code, Errc::malformed) << "something else listens there";
  http_.answer(Error{Errc::timeout, "no answer in 2s"});
  EXPECT_EQ(agent_.metadata(stop_).error().code, Errc::timeout);
}

}  // namespace
}  // namespace hakoban
