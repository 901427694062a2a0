// docs/metrics.md says what the code writes: every family on the pages of the fixture hosts stands there with
// its type, and every family that stands there is on one of the pages.
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "collectors/metrics/container_metrics.h"
#include "collectors/metrics/machine_metrics.h"
#include "collectors/metrics/node_metrics.h"
#include "tests/collectors/metrics/fixture_hosts.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/file_tree.h"

namespace hakoban {
namespace {

using Families = std::map<std::string, std::string>;  // name → "C" or "G"

void take_families(std::string_view page, Families& into) {
  std::istringstream lines{std::string{page}};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words{line};
    std::string hash, kind, name, type;
    words >> hash >> kind >> name >> type;
    if (hash == "#" && kind == "TYPE") into[name] = type == "counter" ? "C" : "G";
  }
}

// A host of files with everything switched on, one task of it finished.
void take_host(const std::string& fixture, HostView view, Families& into) {
  const testing_tools::FileTree tree{"cgroups/" + fixture + ".tree"};
  const HostPaths paths{tree.root() / "proc", tree.root() / "sys"};
  tree.write("upper/file", "x");
  for (const auto& task : view.tasks) {
    for (const auto& container : task.containers) {
      tree.write("proc/" + std::to_string(container.pid) + "/mountinfo",
                 "1 2 0:60 / / rw - overlay overlay rw,upperdir=" + (tree.root() / "upper").string() + "\n");
      tree.write("proc/" + std::to_string(container.pid) + "/fd/0", "");
    }
  }
  ContainerMetricsConfig config;
  for (std::size_t i = 0; i < kMetricGroupCount; ++i) config.groups.set(static_cast<MetricGroup>(i), true);
  config.ledger.identity_wait = 0s;
  FakeClock clock;
  prometheus::Registry registry;
  Latest<HostView> hosts;
  view.containers_known = true;
  hosts.publish(view);
  ContainerMetrics metrics{hosts, CgroupLayout::discover(paths).value(), paths, clock, registry, config};
  // The walk of the layers goes on in the background: until it is done.
  bool walked = false;
  for (int tries = 0; tries < 10'000 && !walked; ++tries) {
    PageText page;
    EXPECT_TRUE(metrics.write(page));
    walked = page.text().find("ecs_task_fs_usage_bytes{") != std::string_view::npos;
    if (walked) take_families(page.text(), into);
  }
  EXPECT_TRUE(walked);
  for (auto& task : view.tasks) {
    for (auto& container : task.containers) {
      container.state = ContainerState::exited;
      container.started_at = clock.now();
      container.finished_at = clock.now();
      container.exit_code = 0;
    }
  }
  hosts.publish(view);
  PageText page;
  EXPECT_TRUE(metrics.write(page));
  EXPECT_TRUE(MachineMetrics{paths}.write(page));
  EXPECT_TRUE((NodeMetrics{paths, "/"}.write(page)));
  take_families(page.text(), into);
}

// Rows "| `name` | x | C, s | …" and "| `name` | C | …".
Families documented() {
  std::ifstream file{HAKOBAN_TESTS "/../docs/metrics.md"};
  const std::regex row{R"(^\| `([a-zA-Z0-9_]+)` \| (?:(x?) ?\| )?([CG])\b.*)"};
  Families families;
  for (std::string line; std::getline(file, line);) {
    std::smatch parts;
    if (!std::regex_match(line, parts, row)) continue;
    const auto name = parts[1].str();
    const bool whole = name.starts_with("ecs_") || name.starts_with("node_");
    families[whole ? name : "container_" + name] = parts[3];
    if (!whole && parts[2] == "x") families["ecs_task_" + name] = parts[3];
  }
  for (const char* name : {"machine_cpu_cores", "machine_memory_bytes", "machine_swap_bytes"})
    families[name] = "G";
  return families;
}

TEST(MetricsReference, SaysWhatTheCodeWrites) {
  Families written;
  take_host("v1", testing_tools::v1_host(), written);
  take_host("v2", testing_tools::v2_host(), written);
  take_host("hybrid", testing_tools::hybrid_host(), written);
  const auto told = documented();
  ASSERT_GT(told.size(), 200U);
  // What no fixture host can have: a v1 host with huge pages, and file systems below a test's folder.
  const std::set<std::string> elsewhere{"container_hugetlb_max_usage_bytes",
                                        "ecs_task_hugetlb_max_usage_bytes"};
  for (const auto& [name, type] : written) {
    const auto found = told.find(name);
    EXPECT_TRUE(found != told.end() && found->second == type)
        << name << " (" << type << ") is not in docs/metrics.md so";
  }
  for (const auto& [name, type] : told) {
    EXPECT_TRUE(written.contains(name) || elsewhere.contains(name))
        << name << " is in docs/metrics.md, but not written";
  }
}

}  // namespace
}  // namespace hakoban
