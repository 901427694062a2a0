#include "coordinator/queue_messages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace hakoban {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

const char* const kJob =
    R"({"group_name":"batch","cluster":"prod","cpu":256,"memory":128,"hako_task_id":"7c1e"})";

template <class T>
T read(const json& message) {
  const auto news = read_queue_message(message.dump());
  if (!news) throw std::runtime_error(news.error().what);
  return std::get<T>(news->event);
}

json event(const std::string& source, const std::string& type, json detail) {
  return {{"version", "0"},        {"id", "e"},
          {"detail-type", type},   {"source", source},
          {"account", "1"},        {"time", "2026-11-23T12:00:00Z"},
          {"region", "eu-west-1"}, {"resources", json::array()},
          {"detail", detail}};
}

json task_event(const std::string& status, json containers) {
  return event("aws.ecs", "ECS Task State Change",
               {{"clusterArn", "arn:aws:ecs:eu-west-1:1:cluster/prod"},
                {"taskArn", "arn:aws:ecs:eu-west-1:1:task/prod/abc"},
                {"lastStatus", status},
                {"containers", containers}});
}

TEST(QueueMessages, hakos_notice_comes_raw) {
  const auto news = read_queue_message(kJob);
  ASSERT_TRUE(news);
  const auto job = std::get<JobWaits>(news->event);
  EXPECT_EQ(job.id, "7c1e");
  EXPECT_EQ(job.cluster, "prod");
  EXPECT_EQ(job.group, "batch");
  EXPECT_EQ(job.need.cpu, 256);
  EXPECT_EQ(job.need.memory, 128);
  EXPECT_FALSE(news->said_at);
}

TEST(QueueMessages, hakos_notice_comes_in_an_envelope_with_its_time) {
  const json envelope{{"Type", "Notification"},
                      {"MessageId", "m"},
                      {"TopicArn", "arn:aws:sns:eu-west-1:1:hako"},
                      {"Message", kJob},
                      {"Timestamp", "2026-11-23T12:34:56.789Z"}};
  const auto news = read_queue_message(envelope.dump());
  ASSERT_TRUE(news);
  EXPECT_EQ(std::get<JobWaits>(news->event).id, "7c1e");
  EXPECT_EQ(news->said_at, parse_rfc3339("2026-11-23T12:34:56.789Z").value());
}

TEST(QueueMessages, a_spot_warning) {
  const auto host = read<HostReclaimed>(event("aws.ec2", "EC2 Spot Instance Interruption Warning",
                                              {{"instance-id", "i-0abc"}, {"instance-action", "terminate"}}));
  EXPECT_EQ(host, (HostReclaimed{"i-0abc", "terminate"}));
}

TEST(QueueMessages, a_lifecycle_action_by_each_of_its_three_ways) {
  const json action{{"LifecycleActionToken", "t"},
                    {"AutoScalingGroupName", "web"},
                    {"LifecycleHookName", "drain"},
                    {"EC2InstanceId", "i-0abc"},
                    {"LifecycleTransition", "autoscaling:EC2_INSTANCE_TERMINATING"}};
  const HostHeld expected{"i-0abc", "web", "drain"};
  EXPECT_EQ(read<HostHeld>(action), expected) << "ASG → SQS";
  EXPECT_EQ(read<HostHeld>({{"TopicArn", "a"}, {"Message", action.dump()}}), expected) << "ASG → SNS → SQS";
  EXPECT_EQ(read<HostHeld>(event("aws.autoscaling", "EC2 Instance-terminate Lifecycle Action", action)),
            expected)
      << "EventBridge → SQS";
}

TEST(QueueMessages, launches_and_tests_of_a_group_are_nothing_to_do) {
  EXPECT_NO_THROW(read<NothingToDo>({{"Event", "autoscaling:TEST_NOTIFICATION"}}));
  EXPECT_NO_THROW(read<NothingToDo>({{"LifecycleTransition", "autoscaling:EC2_INSTANCE_LAUNCHING"}}));
  EXPECT_NO_THROW(read<NothingToDo>(event("aws.health", "AWS Health Event", json::object())));
  EXPECT_NO_THROW(
      read<NothingToDo>(event("aws.ec2", "EC2 Instance Rebalance Recommendation", {{"instance-id", "i-1"}})));
}

TEST(QueueMessages, a_service_without_room) {
  auto message = event("aws.ecs", "ECS Service Action",
                       {{"eventType", "ERROR"},
                        {"eventName", "SERVICE_TASK_PLACEMENT_FAILURE"},
                        {"clusterArn", "arn:aws:ecs:eu-west-1:1:cluster/prod"},
                        {"reason", "RESOURCE:CPU"}});
  message["resources"] = {"arn:aws:ecs:eu-west-1:1:service/prod/web"};
  EXPECT_EQ(read<PlacementFailed>(message), (PlacementFailed{"arn:aws:ecs:eu-west-1:1:cluster/prod", "web"}));
  message["detail"]["eventName"] = "SERVICE_STEADY_STATE";
  EXPECT_NO_THROW(read<NothingToDo>(message));
}

TEST(QueueMessages, a_task_has_started_when_all_its_containers_run) {
  const json running{{"lastStatus", "RUNNING"}};
  const json pending{{"lastStatus", "PENDING"}};
  EXPECT_TRUE(read<TaskChanged>(task_event("RUNNING", {running, running})).started);
  EXPECT_FALSE(read<TaskChanged>(task_event("RUNNING", {running, pending})).started);
  EXPECT_FALSE(read<TaskChanged>(task_event("PENDING", json::array())).started);
  const auto stopped = read<TaskChanged>(task_event("STOPPED", {{{"lastStatus", "STOPPED"}}}));
  EXPECT_TRUE(stopped.stopped);
  EXPECT_FALSE(stopped.started);
}

TEST(QueueMessages, a_tasks_event_is_kept_byte_for_byte) {
  const std::string text = "  " + task_event("STOPPED", json::array()).dump(2) + "\n";
  const auto raw = read_queue_message(text);
  ASSERT_TRUE(raw);
  EXPECT_EQ(std::get<TaskChanged>(raw->event).event, text);
  const auto wrapped = read_queue_message(json{{"TopicArn", "a"}, {"Message", text}}.dump());
  ASSERT_TRUE(wrapped);
  EXPECT_EQ(std::get<TaskChanged>(wrapped->event).event, text);
}

class Garbage : public ::testing::TestWithParam<std::string> {};

TEST_P(Garbage, is_malformed_and_never_a_message) {
  const auto news = read_queue_message(GetParam());
  ASSERT_FALSE(news) << GetParam();
  EXPECT_EQ(news.error().code, Errc::malformed);
  EXPECT_FALSE(news.error().what.empty());
}

INSTANTIATE_TEST_SUITE_P(
    Cases, Garbage,
    ::testing::Values(
        "", "null", "[]", "{}", "{", "\xff\xfe", "hello", "\"text\"", "42", R"({"hako_task_id":"x"})",
        R"({"hako_task_id":"x","cpu":"256","memory":128})", R"({"hako_task_id":"x","cpu":-1,"memory":128})",
        R"({"hako_task_id":"x","cpu":0,"memory":0})", R"({"hako_task_id":"x","cpu":1e300,"memory":1})",
        R"({"hako_task_id":"x","cpu":9999999,"memory":1})", R"({"hako_task_id":"","cpu":1,"memory":1})",
        R"({"hako_task_id":7,"cpu":1,"memory":1})", R"({"TopicArn":"a","Message":"not json"})",
        R"({"TopicArn":"a","Message":{"hako_task_id":"x"}})",
        R"({"TopicArn":"a","Message":"{\"TopicArn\":\"a\",\"Message\":\"{\\\"TopicArn\\\":1,\\\"Message\\\":\\\"\\\"}\"}"})",
        R"({"source":"aws.ec2","detail-type":"EC2 Spot Instance Interruption Warning","detail":{}})",
        R"({"source":"aws.ec2","detail-type":"EC2 Spot Instance Interruption Warning","detail":{"instance-id":"../x"}})",
        R"({"source":"aws.ecs","detail-type":"ECS Task State Change","detail":{"taskArn":"abc"}})",
        R"({"source":"aws.ecs","detail-type":"ECS Task State Change","detail":{"taskArn":"arn:/../../x"}})",
        R"({"source":"aws.ecs","detail-type":"ECS Service Action","resources":[7],"detail":{"eventName":"SERVICE_TASK_PLACEMENT_FAILURE"}})",
        R"({"LifecycleTransition":"autoscaling:EC2_INSTANCE_TERMINATING","EC2InstanceId":"i-1"})"));

}  // namespace
}  // namespace hakoban
