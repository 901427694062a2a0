#include "core/fleet/demand_history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/fleet/fleet_marks.h"
#include "tests/core/fleet/growth_case.h"

namespace hakoban {
namespace {

TEST(DemandHistory, knows_nothing_at_first) {
  DemandHistory history;
  history.note(kFleetNoon, {100, 100});
  EXPECT_EQ(history.rise(kFleetNoon, 5min), (DemandSum{0, 0}));
}

TEST(DemandHistory, tells_what_rose_an_hour_ago) {
  DemandHistory history;
  for (int minute = 0; minute < 60; ++minute)
    history.note(kFleetNoon + minute * 1min, {minute == 30 ? 900 : 100, minute == 31 ? 700 : 200});
  EXPECT_EQ(history.rise(kFleetNoon + 87min, 5min), (DemandSum{800, 500}));
  EXPECT_EQ(history.rise(kFleetNoon + 87min, 3min), (DemandSum{800, 0}));
  EXPECT_EQ(history.rise(kFleetNoon + 80min, 5min), (DemandSum{0, 0})) << "too early";
}

TEST(DemandHistory, tells_what_rose_a_day_ago) {
  DemandHistory history;
  history.note(kFleetNoon, {100, 100});
  history.note(kFleetNoon + 2min, {500, 100});
  EXPECT_EQ(history.rise(kFleetNoon + 24h, 5min), (DemandSum{400, 0}));
  EXPECT_EQ(history.rise(kFleetNoon + 26h, 5min), (DemandSum{0, 0}));
}

TEST(DemandHistory, a_job_that_was_placed_is_not_counted_twice) {
  FleetMarks marks{kFleetNoon};
  FleetCluster cluster;
  cluster.pool("web").instance(0, 0);
  marks.apply(cluster.snapshot, cluster.policy, kFleetNoon);
  auto placed = cluster.snapshot;
  placed.instances_at = kFleetNoon + 2min;
  placed.instances[0].cpu_left = 500;
  cluster.job("1", need(500, 0)).last_heard = kFleetNoon + 1min + 50s;  // tried again since, and is booked
  placed.jobs = cluster.snapshot.jobs;
  marks.apply(placed, cluster.policy, kFleetNoon + 2min);
  auto later = cluster.snapshot;
  marks.apply(later, cluster.policy, kFleetNoon + 24h);
  EXPECT_EQ(later.pools[0].rise_cpu, 500);
}

TEST(DemandHistory, room_is_made_before_the_rise) {
  FleetCluster cluster;
  cluster.pool("web").instances(2, 500, 100);
  cluster.last_pool().rise_cpu = 1500;
  const auto got = cluster.decide();
  EXPECT_EQ(got.pools[0].target, 3);
  EXPECT_THAT(all_said(got), testing::HasSubstr("demand rose by 1500 cpu and 0 MiB from this time on"));
}

TEST(DemandHistory, nothing_leaves_before_the_rise) {
  FleetCluster cluster;
  cluster.pool("web").low_for(1h).instances(4, 300, 300);
  EXPECT_EQ(cluster.decide().pools[0].drain.size(), 1U);
  cluster.last_pool().rise_memory = 2000;
  EXPECT_TRUE(cluster.decide().pools[0].drain.empty());
}

}  // namespace
}  // namespace hakoban
