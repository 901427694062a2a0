#include "core/metrics/node_families.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/metrics/layer_place.h"
#include "core/metrics/metric_groups.h"
#include "tests/fakes/exposition_reader.h"

namespace hakoban {
namespace {

using testing::HasSubstr;
using testing_tools::ExpositionReader;

TEST(NodeFamilies, OfGarbageAreNone) {
  PageText page;
  write_node_stat(page, "cpu0 x\nctxt many\n");
  write_node_load(page, "high higher\n");
  write_node_memory(page, "MemTotal: lots kB\n");
  write_node_vmstat(page, "oom_kill\n");
  write_node_pressure(page, "", "some\n", "some total=x\n");
  write_node_disks(page, "259 0 nvme0n1 1 2 3\nshort\n");
  write_node_tables(page, "", "x\n", "");
  EXPECT_EQ(page.text(), "");
}

TEST(NodeFamilies, TellOfWholeDisksOnly) {
  PageText page;
  std::string text;
  for (const char* name : {"nvme0n1", "nvme0n1p1", "sda", "sda1", "xvdf", "vda", "vda15", "loop3", "dm-0",
                           "mmcblk0", "mmcblk0p2"})
    text += std::string{"1 2 "} + name + " 1 0 8 1000 2 0 16 3 0 5 6\n";
  write_node_disks(page, text);
  const ExpositionReader read{page.text()};
  EXPECT_EQ(read.count("node_disk_io_now"), 6U) << page.text();
  EXPECT_EQ(read.value("node_disk_read_bytes_total", {"\"xvdf\""}), "4096");
  EXPECT_EQ(read.value("node_disk_read_time_seconds_total", {"\"dm-0\""}), "1");
}

TEST(NodeFamilies, TellOfEachDeviceOnceWhereItWasMountedFirst) {
  const auto mounts = mounts_on_devices(
      "22 1 259:1 / / rw,relatime shared:1 - ext4 /dev/nvme0n1p1 rw\n"
      "23 22 0:5 / /proc rw - proc proc rw\n"
      "24 22 259:1 /var/lib/docker /var/lib/docker rw - ext4 /dev/nvme0n1p1 rw\n"
      "25 22 259:2 / /mnt/two\\040words ro,nosuid - xfs /dev/nvme1n1 ro\n");
  ASSERT_EQ(mounts.size(), 2U);
  EXPECT_EQ(mounts[0].mount_point, "/");
  EXPECT_FALSE(mounts[0].read_only);
  EXPECT_EQ(mounts[1].mount_point, "/mnt/two words");
  EXPECT_TRUE(mounts[1].read_only);
}

TEST(LayerPlace, IsTheUpperFolderOfTheRootsOverlay) {
  constexpr const char* kTable =
      "700 1 0:60 / / rw,relatime - overlay overlay "
      "rw,lowerdir=/l/A:/l/B,upperdir=/var/lib/docker/overlay2/x/diff,workdir=/w\n"
      "701 700 0:61 / /data rw - overlay overlay rw,upperdir=/other\n";
  EXPECT_EQ(upper_folder(kTable), "/var/lib/docker/overlay2/x/diff");
  EXPECT_EQ(upper_folder("700 1 8:1 /x / rw - ext4 /dev/sda1 rw\n"), std::nullopt);
}

TEST(LayerPlace, IsOnTheDeviceOfTheLongestMount) {
  constexpr const char* kTable =
      "22 1 259:1 / / rw - ext4 /dev/root rw\n"
      "23 22 259:2 / /var/lib/docker rw - xfs /dev/nvme1n1 rw\n"
      "24 22 259:3 / /var/lib/docker-old rw - xfs /dev/nvme2n1 rw\n";
  EXPECT_EQ(device_holding("/var/lib/docker/overlay2/x", kTable), "/dev/nvme1n1");
  EXPECT_EQ(device_holding("/var/lib/dockers", kTable), "/dev/root");
  EXPECT_EQ(device_holding("/x", ""), "");
}

TEST(MetricGroups, AreCAdvisorsDefaultsWithoutBeingAsked) {
  MetricGroups groups;
  EXPECT_TRUE(groups.has(MetricGroup::disk_io));
  EXPECT_FALSE(groups.has(MetricGroup::tcp));
  EXPECT_TRUE(groups.set(std::vector<std::string>{"tcp", "hugetlb"}, true));
  EXPECT_TRUE(groups.set(std::vector<std::string>{"diskIO"}, false));
  EXPECT_TRUE(groups.has(MetricGroup::tcp));
  EXPECT_FALSE(groups.has(MetricGroup::disk_io));
  const auto wrong = groups.set(std::vector<std::string>{"always"}, false);
  ASSERT_FALSE(wrong);
  EXPECT_THAT(wrong.error().what, HasSubstr("'always' is none of percpu, "));
}

}  // namespace
}  // namespace hakoban
