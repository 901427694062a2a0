#include "coordinator/queue_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/fakes/fake_clock.h"
#include "tests/fakes/fake_pools.h"
#include "tests/fakes/recording_store.h"
#include "tests/fakes/registry_values.h"

namespace hakoban {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class FakeQueue final : public MessageQueue {
 public:
  Result<std::vector<QueueMessage>> receive(Duration, const std::stop_token&) override {
    if (failing) return *failing;
    return std::exchange(messages, {});
  }
  Result<void> remove(const std::vector<std::string>& receipts, const std::stop_token&) override {
    removed.insert(removed.end(), receipts.begin(), receipts.end());
    return {};
  }

  std::vector<QueueMessage> messages;
  std::vector<std::string> removed;
  std::optional<Error> failing;
};

struct ReaderTest : ::testing::Test {
  void send(const json& body, Duration ago = 0s) {
    const auto number = std::to_string(++sent);
    queue.messages.push_back({"m" + number, number, body.is_string() ? body.get<std::string>() : body.dump(),
                              clock.now() - ago, 1});
  }
  static json job(const std::string& id, const std::string& cluster = "prod", const std::string& group = "") {
    return {{"hako_task_id", id}, {"cluster", cluster}, {"group_name", group}, {"cpu", 256}, {"memory", 128}};
  }
  json reclaim(const std::string& ec2_id, Duration ago = 0s) {
    return {{"source", "aws.ec2"},
            {"detail-type", "EC2 Spot Instance Interruption Warning"},
            {"time", format_rfc3339(clock.now() - ago)},
            {"detail", {{"instance-id", ec2_id}, {"instance-action", "terminate"}}}};
  }
  double count(const std::string& kind) {
    return value_in(registry, "hakoban_queue_messages_total", {{"kind", kind}});
  }

  int sent = 0;
  FakeQueue queue;
  FakeClock clock;
  prometheus::Registry registry;
  FleetBoard board{"prod", clock};
  Lease lease{nullptr, clock, registry, {"me", 15s}};
  QueueReader reader{{queue, board, nullptr, lease, clock}, {"prod", {"batch"}, 30s, 2min}, registry};
};

TEST_F(ReaderTest, a_job_is_counted_once_however_often_it_is_told) {
  send(job("a"));
  send(job("a"));
  send(job("b", "arn:aws:ecs:eu-west-1:1:cluster/prod"));
  EXPECT_TRUE(reader.read(0s, {}));
  EXPECT_EQ(board.sightings(30s).jobs.size(), 2U);
  EXPECT_THAT(queue.removed, ElementsAre("1", "2", "3"));
}

TEST_F(ReaderTest, a_job_may_ask_for_a_pool_of_ours_and_any_other_name_means_nothing) {
  send(job("a", "prod", "batch"));
  send(job("b", "prod", "some-old-group"));
  reader.read(0s, {});
  const auto jobs = board.sightings(30s).jobs;
  ASSERT_EQ(jobs.size(), 2U);
  EXPECT_EQ(jobs[0].pool, "batch");
  EXPECT_EQ(jobs[1].pool, "");
}

TEST_F(ReaderTest, foreign_old_and_senseless_messages_are_counted_and_removed) {
  send(job("a", "another"));
  send(job("b"), 31s);
  send(json("hello"));
  send(reclaim("i-1", 3min));
  reader.read(0s, {});
  EXPECT_EQ(count("foreign"), 1);
  EXPECT_EQ(count("old"), 2);
  EXPECT_EQ(count("garbage"), 1);
  EXPECT_THAT(board.sightings(30s).jobs, IsEmpty());
  EXPECT_THAT(board.sightings(30s).reclaimed, IsEmpty());
  EXPECT_EQ(queue.removed.size(), 4U);
}

TEST_F(ReaderTest, a_spot_warning_stays_in_the_queue_until_the_host_is_draining) {
  board.change([](FleetSightings& seen) { seen.instances = {ecs_instance("arn:1", "i-1")}; });
  send(reclaim("i-1", 5s));
  reader.read(0s, {});
  EXPECT_THAT(queue.removed, IsEmpty()) << "a coordinator that follows must hear of it";
  EXPECT_EQ(board.sightings(30s).reclaimed.at("i-1"), clock.now() - 5s);
  board.change([](FleetSightings& seen) { seen.instances[0].status = "DRAINING"; });
  send(reclaim("i-1", 5s));
  reader.read(0s, {});
  EXPECT_THAT(queue.removed, ElementsAre("2"));
}

TEST_F(ReaderTest, a_service_without_room_is_looked_at_out_of_turn) {
  send({{"source", "aws.ecs"},
        {"detail-type", "ECS Service Action"},
        {"time", format_rfc3339(clock.now())},
        {"resources", {"arn:aws:ecs:eu-west-1:1:service/prod/web"}},
        {"detail",
         {{"eventName", "SERVICE_TASK_PLACEMENT_FAILURE"},
          {"clusterArn", "arn:aws:ecs:eu-west-1:1:cluster/prod"}}}});
  reader.read(0s, {});
  EXPECT_THAT(board.take_services_asked_about(0s, {}), ElementsAre("web"));
  EXPECT_THAT(board.take_services_asked_about(0s, {}), IsEmpty());
  EXPECT_TRUE(board.sightings(30s).placement_failed.contains("web"));
}

TEST_F(ReaderTest, a_queue_that_fails_is_told_once_and_tried_again) {
  queue.failing = Error{Errc::denied, "no"};
  EXPECT_FALSE(reader.read(0s, {}));
  EXPECT_FALSE(reader.read(0s, {}));
  EXPECT_EQ(value_in(registry, "hakoban_queue_failures_total"), 2);
  queue.failing.reset();
  EXPECT_TRUE(reader.read(0s, {}));
}

TEST_F(ReaderTest, without_anybody_who_polls_a_tasks_change_is_read_over) {
  send({{"source", "aws.ecs"},
        {"detail-type", "ECS Task State Change"},
        {"detail",
         {{"clusterArn", "arn:aws:ecs:eu-west-1:1:cluster/prod"},
          {"taskArn", "arn:aws:ecs:eu-west-1:1:task/prod/a"},
          {"lastStatus", "STOPPED"}}}});
  reader.read(0s, {});
  EXPECT_EQ(count("task"), 1);
  EXPECT_THAT(queue.removed, ElementsAre("1"));
}

}  // namespace
}  // namespace hakoban
