#include "core/metrics/cgroup_mounts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/metrics/cgroup_path.h"

namespace hakoban {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Mountinfo, TellsOfBothVersions) {
  const auto mounts = parse_mountinfo(
      "27 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n"
      "36 31 0:32 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid shared:15 - cgroup cgroup rw,cpu,cpuacct\n"
      "41 31 0:38 / /sys/fs/cgroup/unified rw,relatime shared:1 master:2 - cgroup2 cgroup2 rw,nsdelegate\n");
  EXPECT_THAT(mounts, ElementsAre(
                          CgroupMountLine{
                              CgroupVersion::v1, "/", "/sys/fs/cgroup/cpu,cpuacct", {"rw", "cpu", "cpuacct"}},
                          CgroupMountLine{CgroupVersion::v2, "/", "/sys/fs/cgroup/unified", {}}));
}

TEST(Mountinfo, TellsWhichPartOfAHierarchyAMountShows) {
  const auto mounts =
      parse_mountinfo("1 2 0:3 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n");
  ASSERT_EQ(mounts.size(), 1U);
  EXPECT_EQ(mounts[0].root, "/docker/abc");
}

TEST(Mountinfo, UnescapesPaths) {
  const auto mounts = parse_mountinfo("1 2 0:3 / /mnt/a\\040b\\134c rw - cgroup2 none rw\n");
  ASSERT_EQ(mounts.size(), 1U);
  EXPECT_EQ(mounts[0].mount_point, "/mnt/a b\\c");
}

TEST(Mountinfo, PassesOverWhatItCannotRead) {
  EXPECT_THAT(parse_mountinfo("\n- cgroup\n1 2 - cgroup2 x\nnonsense\n1 2 3 4 5 6 - cgroup2"), IsEmpty());
}

TEST(ProcCgroup, TellsThePathInEachHierarchy) {
  const auto membership =
      parse_proc_cgroup("4:cpu,cpuacct:/ecs/t/c\n1:name=systemd:/x\n0::/a:b.slice\nbroken\n:::\n");
  EXPECT_EQ(membership.v1_path(CgroupController::cpu), "/ecs/t/c");
  EXPECT_EQ(membership.v1_path(CgroupController::cpuacct), "/ecs/t/c");
  EXPECT_EQ(membership.v1_path(CgroupController::memory), std::nullopt);
  EXPECT_EQ(membership.v2_path(), "/a:b.slice");
}

TEST(ContainerCgroup, IsWhatTheProcessSays) {
  const auto membership = parse_proc_cgroup("4:memory:/odd/place/c0ffee\n0::/other/c0ffee\n");
  const auto of = [&](CgroupVersion version, std::string_view id) {
    return cgroup_from_proc(membership, CgroupController::memory, version, id);
  };
  EXPECT_EQ(of(CgroupVersion::v1, "c0ffee"), "/odd/place/c0ffee");
  EXPECT_EQ(of(CgroupVersion::v2, "c0ffee"), "/other/c0ffee");
  EXPECT_EQ(of(CgroupVersion::v1, "decaf"), std::nullopt) << "the process is another container's";
}

TEST(ContainerCgroup, SeenFromAnotherNamespaceIsNotTaken) {
  const auto membership = parse_proc_cgroup("0::/../../docker-c0ffee.scope\n");
  EXPECT_EQ(cgroup_from_proc(membership, CgroupController::memory, CgroupVersion::v2, "c0ffee"),
            std::nullopt);
  EXPECT_TRUE(names_container(membership, "c0ffee"));
  EXPECT_FALSE(names_container(membership, "decaf"));
  EXPECT_FALSE(names_container(membership, ""));
}

struct LikelyCase {
  const char* parent;
  std::vector<std::string> expected;
};

class LikelyCgroups : public testing::TestWithParam<LikelyCase> {};

TEST_P(LikelyCgroups, AreWhereDockerPutsThem) {
  ContainerView container;
  container.id = "c0ffee";
  container.cgroup_parent = GetParam().parent;
  EXPECT_EQ(likely_cgroups(container), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    CgroupPath, LikelyCgroups,
    testing::Values(LikelyCase{"", {"/docker/c0ffee", "/system.slice/docker-c0ffee.scope"}},
                    LikelyCase{"/ecs/t1", {"/ecs/t1/c0ffee"}}, LikelyCase{"ecs/t1", {"/ecs/t1/c0ffee"}},
                    LikelyCase{"ecstasks-t1.slice",
                               {"/ecstasks.slice/ecstasks-t1.slice/docker-c0ffee.scope"}},
                    LikelyCase{"machine.slice", {"/machine.slice/docker-c0ffee.scope"}}));

TEST(TaskCgroup, IsTheParentThatIsNamedAfterTheTask) {
  EXPECT_EQ(task_cgroup("/ecs/t1/c0ffee", "t1"), "/ecs/t1");
  EXPECT_EQ(task_cgroup("/ecstasks.slice/ecstasks-t1.slice/docker-c0ffee.scope", "t1"),
            "/ecstasks.slice/ecstasks-t1.slice");
  EXPECT_EQ(task_cgroup("/docker/c0ffee", "t1"), std::nullopt);
  EXPECT_EQ(task_cgroup("/t1/deeper/c0ffee", "t1"), std::nullopt);
  EXPECT_EQ(task_cgroup("/c0ffee", "t1"), std::nullopt);
  EXPECT_EQ(task_cgroup("/ecs/t1/c0ffee", ""), std::nullopt);
}

TEST(Slice, IsBelowTheSlicesThatItsNameTells) {
  EXPECT_EQ(expand_slice("a.slice"), "/a.slice");
  EXPECT_EQ(expand_slice("a-b-c.slice"), "/a.slice/a-b.slice/a-b-c.slice");
}

}  // namespace
}  // namespace hakoban
