// What cAdvisor gets wrong, with the right answer: on the hosts of tests/fixtures/cgroups. Inodes, layers of
// overlayfs and growth under churn have their tests in readers_test.cpp, node_families_test.cpp and
// benchmarks/metrics.
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "collectors/metrics/container_metrics.h"
#include "tests/collectors/metrics/fixture_hosts.h"
#include "tests/fakes/exposition_reader.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/file_tree.h"

namespace hakoban {
namespace {

using testing::IsEmpty;
using testing_tools::ExpositionReader;
using testing_tools::FileTree;

class CAdvisorDefects : public testing::Test {
 protected:
  std::string page_of(const FileTree& tree, const HostView& view) {
    const HostPaths paths{tree.root() / "proc", tree.root() / "sys"};
    hosts_.publish(view);
    prometheus::Registry registry;
    ContainerMetrics metrics{hosts_, CgroupLayout::discover(paths).value(), paths, clock_, registry};
    PageText page;
    EXPECT_TRUE(metrics.write(page));
    return std::string{page.text()};
  }
  ExpositionReader v1() { return ExpositionReader{page_of(v1_tree_, testing_tools::v1_host())}; }
  ExpositionReader v2() { return ExpositionReader{page_of(v2_tree_, testing_tools::v2_host())}; }

  FileTree v1_tree_{"cgroups/v1.tree"};
  FileTree v2_tree_{"cgroups/v2.tree"};
  Latest<HostView> hosts_;
  FakeClock clock_;
  const std::string slice_ = "sys/fs/cgroup/ecstasks.slice/ecstasks-7c7e5c0f2a1b4d3e9f8a6b5c4d3e2f1a.slice/";
  const std::string app_ = slice_ + "docker-" + testing_tools::repeated("a1") + ".scope/";
  const std::vector<std::string> is_app_{"ecs_container=\"app\""};
};

TEST_F(CAdvisorDefects, MemoryFailuresOfV2AreTheTimesThatTheLimitWasMet) {
  v2_tree_.write(app_ + "memory.events", "low 1\nhigh 2\nmax 42\noom 3\noom_kill 2\noom_group_kill 0\n");
  EXPECT_EQ(v2().value("container_memory_failcnt", is_app_), "42");
  EXPECT_EQ(v2().value("container_memory_events_high_total", is_app_), "2");
}

TEST_F(CAdvisorDefects, KernelMemoryOfV2IsInItsStatistics) {
  v2_tree_.write(app_ + "memory.stat", "anon 1\nfile 2\nkernel 7340032\n");
  EXPECT_EQ(v2().value("container_memory_kernel_usage", is_app_), "7340032");
}

TEST_F(CAdvisorDefects, ReservationOfV2IsWhereRuncWritesIt) {
  v2_tree_.write(app_ + "memory.low", "67108864\n");
  v2_tree_.write(app_ + "memory.min", "4096\n");
  EXPECT_EQ(v2().value("container_spec_memory_reservation_limit_bytes", is_app_), "67108864");
}

TEST_F(CAdvisorDefects, SharesAreThoseThatTodaysRuncMadeTheWeightOf) {
  v2_tree_.write(app_ + "cpu.weight", "100\n");
  EXPECT_EQ(v2().value("container_spec_cpu_shares", is_app_), "1024") << "the old inverse gives 2597";
  v2_tree_.write(app_ + "cpu.weight", "59\n");
  EXPECT_EQ(v2().value("container_spec_cpu_shares", is_app_), "512");
}

TEST_F(CAdvisorDefects, CountersOfTheHostsDisksAreNotAContainers) {
  const auto page = page_of(v1_tree_, testing_tools::v1_host());
  for (const char* family :
       {"container_fs_io_time_seconds_total", "container_fs_io_current", "container_fs_read_seconds_total",
        "container_fs_sector_reads_total", "container_fs_reads_merged_total"})
    EXPECT_EQ(page.find(family), std::string::npos) << family;
}

TEST_F(CAdvisorDefects, ContainersThatShareANetworkAreToldWhoseItIs) {
  const auto page = v1();
  EXPECT_EQ(page.value("ecs_container_info", {"ecs_container=\"api\"", "network_of=\"~internal~ecs~pause\""}),
            "1");
  EXPECT_EQ(page.value("ecs_container_info", {"ecs_container=\"report\"", "network_of=\"host\""}), "1");
  EXPECT_NE(page.value("ecs_task_network_receive_bytes_total", {"ecs_task_family=\"vpc\""}), std::nullopt);
  EXPECT_EQ(page.value("container_network_receive_bytes_total", {"ecs_container=\"api\""}), std::nullopt);
}

TEST_F(CAdvisorDefects, NoSampleHasATimeStampOfItsOwn) {
  std::istringstream lines{page_of(v2_tree_, testing_tools::v2_host())};
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with('#')) continue;
    const auto behind = line.substr(line.rfind('}') + 2);
    EXPECT_EQ(behind.find(' '), std::string::npos) << line;
  }
}

TEST_F(CAdvisorDefects, KillsForWantOfMemoryAreCounted) {
  v2_tree_.write(app_ + "memory.events", "low 0\nhigh 0\nmax 9\noom 3\noom_kill 3\noom_group_kill 0\n");
  EXPECT_EQ(v2().value("container_oom_events_total", is_app_), "3");
  v1_tree_.write(
      "sys/fs/cgroup/memory/ecs/58ece341633a42638f75eaa566e1bb97/"
      "d3335d646d1137df16f32f67e59488b402a7192d86276bfa1e1393cebfde82c3/memory.oom_control",
      "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n");
  EXPECT_EQ(v1().value("container_oom_events_total", is_app_), "2");
  EXPECT_EQ(v1().value("ecs_task_oom_events_total", {"ecs_task_family=\"web\""}), "2");
}

TEST_F(CAdvisorDefects, SeriesOfADeadContainerEndWithIt) {
  EXPECT_NE(v2().value("container_last_seen", is_app_), std::nullopt);
  v2_tree_.remove(app_.substr(0, app_.size() - 1));  // the kernel's word comes before Docker's
  const auto page = v2();
  EXPECT_EQ(page.value("container_last_seen", is_app_), std::nullopt);
  EXPECT_THAT(page.problems(), IsEmpty());
}

}  // namespace
}  // namespace hakoban
