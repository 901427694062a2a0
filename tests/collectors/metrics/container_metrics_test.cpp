#include "collectors/metrics/container_metrics.h"

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "collectors/metrics/machine_metrics.h"
#include "tests/collectors/metrics/fixture_hosts.h"
#include "tests/fakes/exposition_reader.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/file_tree.h"
#include "tests/fakes/golden.h"
#include "tests/fakes/registry_values.h"

namespace hakoban {
namespace {

using testing::IsEmpty;
using testing_tools::expect_golden;
using testing_tools::ExpositionReader;
using testing_tools::FileTree;

// A host made of files, and what is exported of it.
class Host {
 public:
  Host(const std::string& fixture, const HostView& view, ContainerMetricsConfig config = {})
      : tree_(fixture),
        paths_{tree_.root() / "proc", tree_.root() / "sys"},
        metrics_(hosts_, CgroupLayout::discover(paths_).value(), paths_, clock_, registry_,
                 std::move(config)) {
    hosts_.publish(view);
  }

  std::string page() {
    PageText text;
    const auto written = metrics_.write(text);
    EXPECT_TRUE(written) << written.error().what;
    return std::string{text.text()};
  }

  ExpositionReader read() {
    ExpositionReader reader{page()};
    EXPECT_THAT(reader.problems(), IsEmpty());
    return reader;
  }

  FileTree tree_;
  HostPaths paths_;
  Latest<HostView> hosts_;
  FakeClock clock_;
  prometheus::Registry registry_;
  ContainerMetrics metrics_;
};

struct Golden {
  const char* name;
  HostView (*view)();
};

class GoldenPage : public testing::TestWithParam<Golden> {};

TEST_P(GoldenPage, OfEveryLayoutIsAsItWas) {
  const std::string name = GetParam().name;
  Host host{"cgroups/" + name + ".tree", GetParam().view()};
  PageText machine;
  ASSERT_TRUE(MachineMetrics{host.paths_}.write(machine));
  const auto page = host.page().append(machine.text());
  EXPECT_THAT(ExpositionReader{page}.problems(), IsEmpty());
  expect_golden("metrics/" + name + ".prom", page);
}

INSTANTIATE_TEST_SUITE_P(ContainerMetrics, GoldenPage,
                         testing::Values(Golden{"v1", testing_tools::v1_host},
                                         Golden{"v2", testing_tools::v2_host},
                                         Golden{"hybrid", testing_tools::hybrid_host}),
                         [](const auto& tested) { return std::string{tested.param.name}; });

constexpr const char* kV1App =
    "ecs/58ece341633a42638f75eaa566e1bb97/"
    "d3335d646d1137df16f32f67e59488b402a7192d86276bfa1e1393cebfde82c3/";

TEST(ContainerMetrics, SecondScrapeSeesWhatTheKernelSaysNow) {
  Host host{"cgroups/v1.tree", testing_tools::v1_host()};
  host.read();
  host.tree_.write(std::string{"sys/fs/cgroup/memory/"} + kV1App + "memory.usage_in_bytes", "4711\n");
  EXPECT_EQ(host.read().value("container_memory_usage_bytes", {"ecs_container=\"app\""}), "4711");
}

TEST(ContainerMetrics, WhatCannotBeReadIsAbsentNotZero) {
  Host host{"cgroups/v1.tree", testing_tools::v1_host()};
  const auto folder = std::string{"sys/fs/cgroup/memory/"} + kV1App;
  host.tree_.remove(folder + "memory.max_usage_in_bytes");
  host.tree_.write(folder + "memory.failcnt", "not a number\n");
  const auto page = host.read();
  EXPECT_EQ(page.value("container_memory_max_usage_bytes", {"ecs_container=\"app\""}), std::nullopt);
  EXPECT_EQ(page.value("container_memory_failcnt", {"ecs_container=\"app\""}), std::nullopt);
  EXPECT_EQ(page.value("container_memory_failcnt", {"ecs_container=\"proxy\""}), "0");
  EXPECT_EQ(value_in(host.registry_, "hakoban_metrics_read_failures_total"), 1);
}

TEST(ContainerMetrics, ContainerThatEndedHasNoSeries) {
  Host host{"cgroups/v1.tree", testing_tools::v1_host()};
  host.read();
  auto later = testing_tools::v1_host();
  later.tasks[1].containers[0].state = ContainerState::exited;
  later.tasks[0].containers[0].state = ContainerState::exited;
  host.hosts_.publish(later);
  const auto page = host.read();
  EXPECT_EQ(page.value("container_last_seen", {"ecs_container=\"app\""}), std::nullopt);
  EXPECT_EQ(page.value("ecs_task_running_containers", {"ecs_task_family=\"web\""}), "1");
  EXPECT_EQ(page.value("ecs_task_running_containers", {"ecs_task_family=\"report\""}), std::nullopt);
}

TEST(ContainerMetrics, ContainerWhoseCgroupIsNotThereHasNoSeries) {
  auto view = testing_tools::v1_host();
  view.other_containers.push_back(
      testing_tools::container_of(testing_tools::repeated("77"), "starting", 4242));
  Host host{"cgroups/v1.tree", view};
  EXPECT_EQ(host.read().value("container_last_seen", {"name=\"starting\""}), std::nullopt);
}

TEST(ContainerMetrics, ContainerIsFoundAsSoonAsItsCgroupIsThere) {
  auto view = testing_tools::v1_host();
  const auto id = testing_tools::repeated("77");
  view.other_containers.push_back(testing_tools::container_of(id, "starting", 4242));
  Host host{"cgroups/v1.tree", view};
  host.read();
  host.tree_.write("sys/fs/cgroup/memory/docker/" + id + "/memory.usage_in_bytes", "8192\n");
  const auto page = host.read();
  EXPECT_EQ(page.value("container_memory_usage_bytes", {"name=\"starting\"", "id=\"/docker/" + id}), "8192");
  EXPECT_EQ(page.value("container_network_receive_bytes_total", {"name=\"starting\""}), std::nullopt);
}

TEST(ContainerMetrics, RestartedContainerIsReadFromItsNewProcess) {
  Host host{"cgroups/v1.tree", testing_tools::v1_host()};
  host.read();
  auto later = testing_tools::v1_host();
  auto& plain = later.other_containers[0];
  plain.pid = 9999;
  host.tree_.write("proc/9999/cgroup", "4:memory:/moved/" + plain.id + "\n");
  host.tree_.write("sys/fs/cgroup/memory/moved/" + plain.id + "/memory.usage_in_bytes", "12345\n");
  host.hosts_.publish(later);
  EXPECT_EQ(host.read().value("container_memory_usage_bytes", {"name=\"plain\"", "id=\"/moved/"}), "12345");
}

TEST(ContainerMetrics, ProcessIdUsedAgainByAnotherGivesNoForeignNetwork) {
  auto view = testing_tools::v1_host();
  view.other_containers[0].pid = view.tasks[1].containers[0].pid;
  Host host{"cgroups/v1.tree", view};
  const auto page = host.read();
  EXPECT_NE(page.value("container_memory_usage_bytes", {"name=\"plain\""}), std::nullopt);
  EXPECT_EQ(page.value("container_network_receive_bytes_total", {"name=\"plain\""}), std::nullopt);
}

TEST(ContainerMetrics, SharedAndHostNetworksAreNotCountedTwice) {
  Host host{"cgroups/v1.tree", testing_tools::v1_host()};
  const auto page = host.read();
  EXPECT_EQ(page.value("container_network_receive_bytes_total", {"ecs_container=\"api\""}), std::nullopt);
  EXPECT_EQ(page.value("container_network_receive_bytes_total", {"ecs_container=\"report\""}), std::nullopt);
  EXPECT_EQ(page.value("ecs_task_network_receive_bytes_total", {"ecs_task_family=\"vpc\""}),
            page.value("container_network_receive_bytes_total", {"ecs_container=\"~internal~ecs~pause\""}));
  EXPECT_EQ(page.value("ecs_task_network_receive_bytes_total", {"ecs_task_family=\"report\""}), std::nullopt);
}

TEST(ContainerMetrics, WithoutADescriptorToKeepAllIsReadTheSame) {
  Host plenty{"cgroups/v1.tree", testing_tools::v1_host()};
  ContainerMetricsConfig short_of_them;
  short_of_them.max_descriptors = 3;
  Host few{"cgroups/v1.tree", testing_tools::v1_host(), std::move(short_of_them)};
  few.read();
  EXPECT_EQ(few.page(), plenty.page());
  EXPECT_EQ(value_in(few.registry_, "hakoban_metrics_kept_descriptors"), 3);
  EXPECT_GT(value_in(plenty.registry_, "hakoban_metrics_kept_descriptors"), 50);
}

TEST(ContainerMetrics, LimitsAreReadAgainAfterAWhile) {
  Host host{"cgroups/v2.tree", testing_tools::v2_host()};
  const auto file =
      "sys/fs/cgroup/system.slice/docker-" + testing_tools::repeated("9b") + ".scope/memory.max";
  const auto limit = [&] { return host.read().value("container_spec_memory_limit_bytes", {"9b9b"}); };
  EXPECT_EQ(limit(), "0");
  host.tree_.write(file, "1000\n");
  host.clock_.advance(60s);  // at the latest
  EXPECT_EQ(limit(), "1000");
  host.tree_.write(file, "2000\n");
  host.clock_.advance(59s);
  EXPECT_EQ(limit(), "1000");
  host.clock_.advance(1s);
  EXPECT_EQ(limit(), "2000");
}

TEST(ContainerMetrics, OneTotalWhenCpusAreNotWanted) {
  ContainerMetricsConfig config;
  config.groups.set(MetricGroup::percpu, false);
  Host host{"cgroups/v1.tree", testing_tools::v1_host(), std::move(config)};
  const auto page = host.read();
  EXPECT_EQ(page.count("container_cpu_usage_seconds_total"), 6U);
  EXPECT_NE(page.value("container_cpu_usage_seconds_total", {"name=\"plain\"", "cpu=\"total\""}),
            std::nullopt);
}

TEST(ContainerMetrics, LabelsFollowWhatTheCensusLearns) {
  auto early = testing_tools::v2_host();
  early.tasks[0].service.clear();
  Host host{"cgroups/v2.tree", early};
  EXPECT_EQ(host.read().value("ecs_task_running_containers", {"ecs_service="}), std::nullopt);
  host.hosts_.publish(testing_tools::v2_host());
  EXPECT_EQ(host.read().value("ecs_task_running_containers", {"ecs_service=\"shop\""}), "2");
}

// How many descriptors of this process are open below `folder`.
std::size_t open_below(const std::filesystem::path& folder) {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator{"/proc/self/fd"}) {
    std::error_code gone;  // the iterator's own descriptor is
    const auto target = std::filesystem::read_symlink(entry.path(), gone).string();
    count += target.starts_with(folder.string()) ? 1 : 0;
  }
  return count;
}

TEST(ContainerMetrics, LetsGoOfEndedContainersWithoutAScrape) {
  Host host{"cgroups/v1.tree", testing_tools::v1_host()};
  host.read();
  EXPECT_GT(open_below(host.tree_.root()), 50U);
  host.hosts_.publish({});
  std::stop_source stop;
  stop.request_stop();
  host.metrics_.run(stop.get_token());
  EXPECT_EQ(open_below(host.tree_.root()), 0U);
}

}  // namespace
}  // namespace hakoban
