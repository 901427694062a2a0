#include "core/metrics/usage.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hakoban {
namespace {

using testing::ElementsAre;

TEST(WorkingSet, IsUsageLessInactiveFilesAndNeverNegative) {
  CgroupUsage usage;
  EXPECT_EQ(usage.memory_working_set_bytes(), std::nullopt);
  usage.memory_usage_bytes = 100;
  EXPECT_EQ(usage.memory_working_set_bytes(), std::nullopt);
  usage.memory_inactive_file_bytes = 30;
  EXPECT_EQ(usage.memory_working_set_bytes(), 70U);
  usage.memory_inactive_file_bytes = 130;
  EXPECT_EQ(usage.memory_working_set_bytes(), 0U);
}

TEST(SumOfUsage, LacksWhatOnePartLacks) {
  CgroupUsage a;
  a.cpu_total_ns = 1;
  a.memory_usage_bytes = 10;
  a.memory_max_usage_bytes = 99;
  a.device(8, 0).bytes[0] = 5;
  CgroupUsage b;
  b.cpu_total_ns = 2;
  b.memory_max_usage_bytes = 99;
  b.device(8, 0).bytes[0] = 6;
  b.device(8, 16).bytes[1] = 7;
  const CgroupUsage* parts[] = {&a, &b};
  const auto sum = sum_of(parts);
  EXPECT_EQ(sum.cpu_total_ns, 3U);
  EXPECT_EQ(sum.memory_usage_bytes, std::nullopt);
  EXPECT_EQ(sum.memory_max_usage_bytes, std::nullopt) << "peaks at different times have no sum";
  ASSERT_EQ(sum.io.size(), 2U);
  EXPECT_EQ(sum.io[0].bytes[0], 11U);
  EXPECT_EQ(sum.io[1].bytes[1], 7U);
  EXPECT_EQ(sum_of({}), CgroupUsage{});
}

TEST(FillMissing, TakesOnlyWhatIsNotThere) {
  CgroupUsage own;
  own.cpu_total_ns = 1;
  CgroupUsage other;
  other.cpu_total_ns = 2;
  other.threads = 3;
  other.device(8, 0).bytes[0] = 4;
  fill_missing(own, other);
  EXPECT_EQ(own.cpu_total_ns, 1U);
  EXPECT_EQ(own.threads, 3U);
  EXPECT_EQ(own.io, other.io);
}

TEST(AddInterfaces, JoinsThoseOfOneNameInOrder) {
  std::vector<InterfaceUsage> sum;
  const std::vector<InterfaceUsage> first{{"eth1", 1, 2, 3, 4, 5, 6, 7, 8}};
  const std::vector<InterfaceUsage> second{{"eth1", 1, 1, 1, 1, 1, 1, 1, 1},
                                           {"eth0", 9, 0, 0, 0, 0, 0, 0, 0}};
  add_interfaces(sum, first);
  add_interfaces(sum, second);
  EXPECT_THAT(sum, ElementsAre(InterfaceUsage{"eth0", 9, 0, 0, 0, 0, 0, 0, 0},
                               InterfaceUsage{"eth1", 2, 3, 4, 5, 6, 7, 8, 9}));
}

}  // namespace
}  // namespace hakoban
