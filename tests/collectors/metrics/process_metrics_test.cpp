#include "collectors/metrics/process_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "collectors/metrics/machine_metrics.h"
#include "tests/fakes/exposition_reader.h"
#include "tests/fakes/file_tree.h"

namespace hakoban {
namespace {

using testing::IsEmpty;
using testing_tools::ExpositionReader;
using testing_tools::FileTree;

TEST(ProcessMetrics, TellOfThisProcess) {
  PageText page;
  ASSERT_TRUE((ProcessMetrics{"hakoban-agent", "1.2.3"}.write(page)));
  const ExpositionReader read{page.text()};
  EXPECT_THAT(read.problems(), IsEmpty());
  EXPECT_EQ(read.value("hakoban_build_info", {"program=\"hakoban-agent\"", "version=\"1.2.3\""}), "1");
  for (const char* family :
       {"process_cpu_seconds_total", "process_resident_memory_bytes", "process_virtual_memory_bytes",
        "process_threads", "process_start_time_seconds", "process_open_fds", "process_max_fds"})
    EXPECT_TRUE(read.value(family)) << family;
  EXPECT_GT(std::stod(read.value("process_resident_memory_bytes").value()), 1e6);
  EXPECT_GT(std::stod(read.value("process_start_time_seconds").value()), 1.6e9);
}

TEST(ProcessMetrics, WithoutProcStillSayWhichVersionRuns) {
  const FileTree empty;
  PageText page;
  EXPECT_FALSE((ProcessMetrics{"hakoban-agent", "1.2.3", empty.root()}.write(page)));
  EXPECT_TRUE(ExpositionReader{page.text()}.value("hakoban_build_info"));
  EXPECT_FALSE(ExpositionReader{page.text()}.value("process_cpu_seconds_total"));
  EXPECT_FALSE(ExpositionReader{page.text()}.value("process_open_fds"));
}

TEST(MachineMetrics, GiveWhatTheyCanAndSayWhatTheyCannot) {
  const FileTree tree;
  tree.write("proc/meminfo", "MemTotal: 2 kB\nSwapTotal: 0 kB\n");
  PageText page;
  const auto written = MachineMetrics{{tree.root() / "proc", tree.root() / "sys"}}.write(page);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, Errc::not_found);
  EXPECT_EQ(ExpositionReader{page.text()}.value("machine_memory_bytes"), "2048");
  EXPECT_FALSE(ExpositionReader{page.text()}.value("machine_cpu_cores"));
}

}  // namespace
}  // namespace hakoban
