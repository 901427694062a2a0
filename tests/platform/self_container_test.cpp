#include "platform/self_container.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

namespace hakoban {
namespace {

const std::string kId = "51e5c3744f592d4086b7400c4f04623a00fa8e2da18faf62b25680850101a22d";

struct Case {
  const char* name;
  std::string cgroup;
  std::string mountinfo;
  bool inside;
};

const Case kCases[] = {
    {"plain_docker_on_cgroup_v1", "12:memory:/docker/" + kId + "\n1:name=systemd:/docker/" + kId + "\n", "",
     true},
    {"an_ecs_task_on_cgroup_v1",
     "5:cpu,cpuacct:/ecs/58ece341-633a-4263-8f75-eaa566e1bb97/" + kId + "\n0::/\n", "", true},
    {"systemd_s_scope_on_cgroup_v2", "0::/ecstasks.slice/ecstasks-58ece341.slice/docker-" + kId + ".scope\n",
     "", true},
    {"a_cgroup_namespace_of_its_own_hides_it_but_the_mounts_do_not", "0::/\n",
     "700 600 8:1 /var/lib/docker/containers/" + kId +
         "/resolv.conf /etc/resolv.conf rw - ext4 /dev/sda rw\n",
     true},
    {"another_data_folder", "0::/\n",
     "700 600 8:1 /data/d/containers/" + kId + "/hostname /etc/hostname rw - ext4 /dev/x rw\n", true},
    {"a_service_of_the_host", "0::/system.slice/hakoban-agent.service\n",
     "30 1 8:1 / / rw - ext4 /dev/sda rw\n31 30 0:5 / /var/lib/docker/containers/" + kId +
         "/mounts/shm rw - tmpfs shm rw\n",
     false},
    {"another_kind_of_container", "0::/\n", "30 1 8:1 /lxc/hostname /etc/hostname rw - ext4 /dev/sda rw\n",
     false},
    {"an_id_that_is_too_short", "5:memory:/docker/51e5c3744f59\n", "", false},
    {"an_id_that_is_too_long", "5:memory:/docker/" + kId + "00\n", "", false},
    {"no_proc_at_all", "", "", false},
};

class OwnContainer : public ::testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    std::string pattern = ::testing::TempDir() + "hakoban-self-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    procfs_ = pattern;
    std::filesystem::create_directories(procfs_ / "self");
    if (!GetParam().cgroup.empty()) std::ofstream{procfs_ / "self/cgroup"} << GetParam().cgroup;
    if (!GetParam().mountinfo.empty()) std::ofstream{procfs_ / "self/mountinfo"} << GetParam().mountinfo;
  }
  void TearDown() override { std::filesystem::remove_all(procfs_); }

  std::filesystem::path procfs_;
};

TEST_P(OwnContainer, is_found_in) {
  EXPECT_EQ(own_container_id(procfs_), GetParam().inside ? std::optional{kId} : std::nullopt);
}

INSTANTIATE_TEST_SUITE_P(Cases, OwnContainer, ::testing::ValuesIn(kCases),
                         [](const auto& tested) { return std::string{tested.param.name}; });

}  // namespace
}  // namespace hakoban
