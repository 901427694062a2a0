#include "platform/cgroups/cgroup_layout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fakes/file_tree.h"

namespace hakoban {
namespace {

using testing::EndsWith;
using testing::StartsWith;
using testing_tools::FileTree;
using C = CgroupController;

HostPaths paths_of(const FileTree& tree) {
  return {tree.root() / "proc", tree.root() / "sys"};
}

struct Case {
  const char* fixture;
  const char* kind;
  CgroupVersion cpu, cpuacct, memory, blkio, pids;
  const char* memory_folder;
};

class CgroupLayoutOf : public testing::TestWithParam<Case> {};

TEST_P(CgroupLayoutOf, EveryKindOfHostIsChosenPerController) {
  const FileTree tree{std::string{"cgroups/"} + GetParam().fixture + ".tree"};
  const auto layout = CgroupLayout::discover(paths_of(tree));
  ASSERT_TRUE(layout) << layout.error().what;
  EXPECT_EQ(layout->kind(), GetParam().kind);
  EXPECT_EQ(layout->of(C::cpu)->version, GetParam().cpu);
  EXPECT_EQ(layout->of(C::cpuacct)->version, GetParam().cpuacct);
  EXPECT_EQ(layout->of(C::memory)->version, GetParam().memory);
  EXPECT_EQ(layout->of(C::blkio)->version, GetParam().blkio);
  EXPECT_EQ(layout->of(C::pids)->version, GetParam().pids);
  EXPECT_THAT(layout->of(C::memory)->folder,
              testing::AllOf(StartsWith(tree.root().string()), EndsWith(GetParam().memory_folder)));
}

constexpr auto k1 = CgroupVersion::v1;
constexpr auto k2 = CgroupVersion::v2;
INSTANTIATE_TEST_SUITE_P(Fixtures, CgroupLayoutOf,
                         testing::Values(Case{"v1", "v1", k1, k1, k1, k1, k1, "/sys/fs/cgroup/memory"},
                                         Case{"v2", "v2", k2, k2, k2, k2, k2, "/sys/fs/cgroup"},
                                         Case{"hybrid", "hybrid", k1, k1, k2, k1, k2,
                                              "/sys/fs/cgroup/unified"}),
                         [](const auto& tested) { return std::string{tested.param.fixture}; });

TEST(CgroupLayout, FallsBackOnOurOwnMountTable) {
  const FileTree tree;
  tree.write("sys/fs/cgroup/cgroup.controllers", "cpu memory\n");
  tree.write("proc/self/mountinfo", "31 25 0:27 / " + (tree.root() / "sys/fs/cgroup").string() +
                                        " rw shared:9 - cgroup2 cgroup2 rw\n");
  const auto layout = CgroupLayout::discover(paths_of(tree));
  ASSERT_TRUE(layout) << layout.error().what;
  EXPECT_EQ(layout->kind(), "v2");
  EXPECT_TRUE(layout->of(C::cpuacct));
  EXPECT_FALSE(layout->of(C::pids));
}

TEST(CgroupLayout, PassesOverMountsElsewhere) {
  const FileTree tree;
  tree.write("chroot/sys/fs/cgroup/memory/tasks", "");
  tree.write("sys/fs/cgroup/memory/tasks", "");
  tree.write(
      "proc/1/mountinfo",
      "31 25 0:27 / " + (tree.root() / "chroot/sys/fs/cgroup/memory").string() +
          " rw - cgroup cgroup rw,memory\n32 25 0:27 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n");
  const auto layout = CgroupLayout::discover(paths_of(tree));
  ASSERT_TRUE(layout) << layout.error().what;
  EXPECT_EQ(layout->of(C::memory)->folder, (tree.root() / "sys/fs/cgroup/memory").string());
}

TEST(CgroupLayout, KeepsAV2TreeWithoutControllers) {
  const FileTree tree{"cgroups/v1.tree"};
  tree.write("sys/fs/cgroup/unified/cgroup.controllers", "");
  const auto layout = CgroupLayout::discover(paths_of(tree));
  ASSERT_TRUE(layout);
  EXPECT_EQ(layout->kind(), "v1");
  ASSERT_TRUE(layout->unified());
  EXPECT_THAT(layout->unified()->folder, EndsWith("/unified"));
}

TEST(CgroupLayout, HostWithoutCgroupsIsAnError) {
  const FileTree tree;
  EXPECT_FALSE(CgroupLayout::discover(paths_of(tree)));
  tree.write("proc/1/mountinfo", "27 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n");
  const auto layout = CgroupLayout::discover(paths_of(tree));
  ASSERT_FALSE(layout);
  EXPECT_EQ(layout.error().code, Errc::not_found);
}

}  // namespace
}  // namespace hakoban
