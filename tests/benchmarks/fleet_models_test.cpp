// The models of others, and the simulated cluster, on cases small enough to reckon by hand.
#include <gtest/gtest.h>

#include "benchmarks/fleet/hakoban_scaler.h"
#include "benchmarks/fleet/peers.h"
#include "benchmarks/fleet/simulate.h"

namespace hakoban::fleet_sim {
namespace {

// Hosts of 1000 cpu and 1000 MiB; one service of 100/100 whose desired count is `desired`, for an hour.
Trace small_trace(std::int64_t desired) {
  Trace trace;
  trace.host = {1000, 1000};
  trace.end = 3600;
  trace.services.push_back({{100, 100}, std::vector<std::int64_t>(61, desired)});
  return trace;
}

void run(Cluster& cluster, Scaler& scaler, Seconds seconds) {
  for (Seconds i = 0; i < seconds; ++i) {
    cluster.step();
    scaler.tick(cluster);
  }
}

TEST(CapacityProviderModel, follows_the_documented_formula) {
  EXPECT_EQ(capacity_provider_reservation(0, 0), 100);
  EXPECT_EQ(capacity_provider_reservation(3, 0), 200);
  EXPECT_EQ(capacity_provider_reservation(12, 10), 120);
  EXPECT_EQ(capacity_provider_reservation(7, 10), 70);
}

TEST(CapacityProviderModel, needs_those_that_run_something_and_what_the_largest_group_takes) {
  const Trace trace = small_trace(15);
  ClusterConfig config;
  config.max = 2;
  Cluster cluster{trace, config, 1};
  for (int i = 0; i < 10; ++i) cluster.step();
  EXPECT_EQ(instances_needed(cluster), 2) << "ten run on the one, five more take one";
}

TEST(CapacityProviderModel, grows_two_from_zero) {
  const Trace trace = small_trace(1);
  Cluster cluster{trace, {}, 0};
  CapacityProvider provider{{}};
  run(cluster, provider, 120);
  EXPECT_EQ(cluster.desired(), 2);
}

TEST(CapacityProviderModel, shrinks_after_fifteen_minutes_and_only_by_what_is_idle) {
  const Trace trace = small_trace(5);
  Cluster cluster{trace, {}, 4};
  CapacityProvider provider{{}};
  run(cluster, provider, 14 * 60);
  EXPECT_EQ(cluster.alive(), 4);
  run(cluster, provider, 4 * 60);
  EXPECT_EQ(cluster.alive(), 1) << "half of them at a time, and then half of the rest";
}

TEST(EscalatorModel, follows_the_documented_example) {
  EXPECT_EQ(escalator_delta(250, 70, 2), 4);
  EXPECT_EQ(escalator_delta(71, 70, 100), 1);
  EXPECT_EQ(escalator_delta(100, 70, 0), 1);
}

TEST(ThresholdModel, grows_in_proportion_above_its_threshold) {
  const Trace trace = small_trace(10);
  Cluster cluster{trace, {}, 1};
  Threshold thresholds{{}};
  run(cluster, thresholds, 61);
  EXPECT_EQ(cluster.desired(), 3) << "1 × 100 / 80, and one";
}

TEST(HakobanInTheSimulation, buys_one_from_zero_within_the_grace) {
  const Trace trace = small_trace(1);
  Cluster cluster{trace, {}, 0};
  HakobanScaler hakoban{{}};
  run(cluster, hakoban, 70);
  EXPECT_EQ(cluster.desired(), 1);
}

TEST(HakobanInTheSimulation, hears_of_a_job_that_found_no_room) {
  Trace trace = small_trace(0);
  trace.jobs.push_back({120, 60, {500, 500}});
  Cluster cluster{trace, {}, 0};
  HakobanScaler hakoban{{}};
  run(cluster, hakoban, 125);
  EXPECT_EQ(cluster.desired(), 1);
  run(cluster, hakoban, 200);
  EXPECT_GT(cluster.job(0).placed, 120);
}

TEST(SimulatedCluster, a_job_that_finds_no_room_tries_again_after_ten_seconds) {
  Trace trace = small_trace(0);
  trace.jobs.push_back({5, 60, {500, 500}});
  Cluster cluster{trace, {}, 0};
  std::size_t notices = 0;
  for (int i = 0; i < 26; ++i) {
    cluster.step();
    notices += cluster.take_notices().size();
  }
  EXPECT_EQ(notices, 3U);
}

TEST(SimulatedCluster, draining_moves_services_and_waits_for_jobs) {
  Trace trace = small_trace(5);
  trace.jobs.push_back({1, 300, {400, 400}});
  Cluster cluster{trace, {}, 1};
  for (int i = 0; i < 10; ++i) cluster.step();
  cluster.set_desired(2);
  for (int i = 0; i < 200; ++i) cluster.step();
  cluster.drain(0);
  for (int i = 0; i < 20; ++i) cluster.step();
  EXPECT_TRUE(cluster.hosts()[0].services.empty());
  EXPECT_EQ(cluster.hosts()[0].jobs.size(), 1U);
  EXPECT_EQ(cluster.totals().jobs_lost, 0);
}

TEST(Measures, quantiles_and_flaps) {
  EXPECT_EQ(quantile({}, 0.5), 0);
  EXPECT_EQ(quantile({3, 1, 2}, 0.5), 2);
  EXPECT_EQ(count_flaps({1, 2, 2, 1, 1, 2}, 10), 2);
  EXPECT_EQ(count_flaps({1, 2, 2, 2, 2, 1}, 3), 0);
}

}  // namespace
}  // namespace hakoban::fleet_sim
