#include "coordinator/cluster_summary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hakoban {
namespace {

using ::testing::ElementsAre;

EcsInstance instance(const std::string& status, std::int64_t cpu_left, std::int64_t memory_left) {
  EcsInstance made;
  made.status = status;
  made.agent_connected = true;
  made.registered.cpu_units = 2048;
  made.registered.memory_mib = 4096;
  made.remaining.cpu_units = cpu_left;
  made.remaining.memory_mib = memory_left;
  made.running_tasks = 2;
  return made;
}

EcsServiceStatus service(const std::string& name, std::int64_t desired, std::int64_t running,
                         std::int64_t pending) {
  EcsServiceStatus made;
  made.name = name;
  made.status = "ACTIVE";
  made.desired = desired;
  made.running = running;
  made.pending = pending;
  return made;
}

TEST(ClusterSummary, reserves_over_active_instances_only) {
  auto lost = instance("ACTIVE", 2048, 0);
  lost.agent_connected = false;
  const auto summary = summarize(
      {instance("ACTIVE", 1024, 1024), lost, instance("DRAINING", 0, 0), instance("REGISTERING", 0, 0)}, {});
  EXPECT_EQ(summary.active, 2);
  EXPECT_EQ(summary.draining, 1);
  EXPECT_EQ(summary.other, 1);
  EXPECT_EQ(summary.disconnected, 1);
  EXPECT_EQ(summary.running_tasks, 8);
  EXPECT_DOUBLE_EQ(summary.cpu_reservation, 0.25);
  EXPECT_DOUBLE_EQ(summary.memory_reservation, 0.875);
}

TEST(ClusterSummary, an_empty_cluster_reserves_nothing) {
  const auto summary = summarize({}, {});
  EXPECT_EQ(summary, ClusterSummary{});
}

TEST(ClusterSummary, names_services_short_of_tasks_with_what_ecs_said) {
  auto web = service("web", 4, 1, 1);
  web.events = {{"1", {}, "was unable to place a task"}, {"0", {}, "has started 1 tasks"}};
  auto gone = service("gone", 3, 0, 0);
  gone.status = "INACTIVE";
  const auto summary = summarize({}, {web, service("api", 2, 1, 0), service("fine", 1, 1, 0), gone});
  EXPECT_EQ(summary.services, 3);
  EXPECT_THAT(summary.short_services,
              ElementsAre(ShortService{"api", 1, ""}, ShortService{"web", 2, "was unable to place a task"}));
}

}  // namespace
}  // namespace hakoban
