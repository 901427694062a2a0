// One fact about growing: a cluster, and what is decided about its first pool, "web".
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fakes/fleet_cluster.h"

namespace hakoban {

struct GrowthCase {
  std::string name;
  std::function<void(FleetCluster&)> build;
  std::int64_t target;               // of the first pool
  std::vector<std::string> undrain;  // there
  std::string said;                  // somewhere among reasons, limits and what was refused
};

inline std::string all_said(const FleetDecision& decision) {
  std::string text = fmt::format("{}\n{}", decision.hold, fmt::join(decision.refused, "\n"));
  for (const auto& pool : decision.pools) {
    text += fmt::format("\n{}\n{}\n{}", fmt::join(pool.reasons, "\n"), fmt::join(pool.limits, "\n"),
                        fmt::join(pool.refused, "\n"));
  }
  return text;
}

inline TaskNeed need(std::int64_t cpu, std::int64_t memory) {
  return FleetCluster::need(cpu, memory);
}

inline TaskNeed with_port(std::uint16_t port) {
  TaskNeed made = need(100, 100);
  made.ports = {port};
  return made;
}

inline TaskNeed where(const std::string& constraint) {
  TaskNeed made = need(100, 100);
  made.constraints = {constraint};
  return made;
}

inline TaskNeed distinct() {
  TaskNeed made = need(100, 100);
  made.distinct_instance = true;
  return made;
}

inline void expect_growth(const GrowthCase& expected) {
  FleetCluster cluster;
  cluster.pool("web");
  expected.build(cluster);
  const FleetDecision got = cluster.decide();
  SCOPED_TRACE(all_said(got));
  ASSERT_FALSE(got.pools.empty());
  EXPECT_EQ(got.pools[0].target, expected.target);
  EXPECT_EQ(got.pools[0].undrain, expected.undrain);
  EXPECT_THAT(got.pools[0].drain, testing::IsEmpty());
  EXPECT_THAT(all_said(got), testing::HasSubstr(expected.said));
}

inline const std::vector<std::string> kNone;

}  // namespace hakoban
