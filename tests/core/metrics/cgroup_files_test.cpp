#include "core/metrics/cgroup_files.h"

#include <cmath>
#include <functional>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "core/metrics/cgroup_v1.h"
#include "core/metrics/cgroup_v2.h"

namespace hakoban {
namespace {

constexpr auto kV1 = CgroupVersion::v1;
constexpr auto kV2 = CgroupVersion::v2;
using C = CgroupController;

// Gives `text` to the reader of that file.
bool read_usage(C controller, CgroupVersion version, std::string_view file, std::string_view text,
                CgroupUsage& into) {
  if (controller == C::blkio && version == kV1)  // its files come in sets
    return file.find("bytes") == file.npos ? v1::blkio_requests(text, into) : v1::blkio_bytes(text, into);
  for (const auto& row : usage_files(controller, version)) {
    if (row.name == file) return row.parse(text, into);
  }
  ADD_FAILURE() << "no reader for " << file;
  return false;
}

bool read_limit(C controller, CgroupVersion version, std::string_view file, std::string_view text,
                CgroupLimits& into) {
  for (const auto& row : limit_files(controller, version)) {
    if (row.name == file) return row.parse(text, into);
  }
  ADD_FAILURE() << "no reader for " << file;
  return false;
}

struct UsageCase {
  const char* name;
  C controller;
  CgroupVersion version;
  const char* file;
  const char* text;
  std::function<void(CgroupUsage&)> expected;  // makes what a good text must give; null: the text is refused
};

class ReadsUsage : public testing::TestWithParam<UsageCase> {};

TEST_P(ReadsUsage, OfOneFile) {
  const auto& param = GetParam();
  CgroupUsage read;
  const bool good = read_usage(param.controller, param.version, param.file, param.text, read);
  EXPECT_EQ(good, param.expected != nullptr);
  if (!param.expected) return;
  CgroupUsage expected;
  param.expected(expected);
  EXPECT_EQ(read, expected);
}

template <class Test>
std::string name_of_case(const testing::TestParamInfo<Test>& tested) {
  return tested.param.name;
}

DeviceIo& disk(CgroupUsage& usage) {
  return usage.device(259, 0);
}

void set(std::array<Reading, kIoOperationCount>& values, IoOperation operation, std::uint64_t value) {
  values[static_cast<std::size_t>(operation)] = value;
}

INSTANTIATE_TEST_SUITE_P(
    V1, ReadsUsage,
    testing::Values(
        UsageCase{"cpu_time_by_processor_and_its_sum", C::cpuacct, kV1, "cpuacct.usage_percpu", "100 0 23 \n",
                  [](CgroupUsage& u) {
                    u.cpu_each_ns = {100, 0, 23};
                    u.cpu_total_ns = 123;
                  }},
        UsageCase{"cpu_time_by_processor_must_be_numbers", C::cpuacct, kV1, "cpuacct.usage_percpu", "1 x\n",
                  nullptr},
        UsageCase{"cpu_time_by_processor_must_be_there", C::cpuacct, kV1, "cpuacct.usage_percpu", "",
                  nullptr},
        UsageCase{"cpu_total", C::cpuacct, kV1, "cpuacct.usage", "18446744073709551615\n",
                  [](CgroupUsage& u) { u.cpu_total_ns = 18446744073709551615ULL; }},
        UsageCase{"cpu_total_too_large", C::cpuacct, kV1, "cpuacct.usage", "18446744073709551616\n", nullptr},
        UsageCase{"cpu_total_negative", C::cpuacct, kV1, "cpuacct.usage", "-1\n", nullptr},
        UsageCase{"cpu_total_empty", C::cpuacct, kV1, "cpuacct.usage", "", nullptr},
        UsageCase{"user_and_system_ticks_are_10_ms", C::cpuacct, kV1, "cpuacct.stat", "user 6\nsystem 3\n",
                  [](CgroupUsage& u) {
                    u.cpu_user_ns = 60'000'000;
                    u.cpu_system_ns = 30'000'000;
                  }},
        UsageCase{"throttling", C::cpu, kV1, "cpu.stat",
                  "nr_periods 7\nnr_throttled 1\nthrottled_time 47223694\nnr_bursts 2\nburst_time 5\n",
                  [](CgroupUsage& u) {
                    u.cfs_periods = 7;
                    u.cfs_throttled_periods = 1;
                    u.cfs_throttled_ns = 47223694;
                    u.cfs_bursts = 2;
                    u.cfs_burst_ns = 5;
                  }},
        UsageCase{"throttling_of_old_kernels_has_no_bursts", C::cpu, kV1, "cpu.stat",
                  "nr_periods 0\nnr_throttled 0\nthrottled_time 0\n",
                  [](CgroupUsage& u) {
                    u.cfs_periods = 0;
                    u.cfs_throttled_periods = 0;
                    u.cfs_throttled_ns = 0;
                  }},
        UsageCase{"throttling_cut_off", C::cpu, kV1, "cpu.stat", "nr_periods 7\nnr_thr", nullptr},
        UsageCase{"memory_statistics_take_the_totals", C::memory, kV1, "memory.stat",
                  "cache 1\nrss 1\ntotal_cache 10\ntotal_rss 20\ntotal_rss_huge 5\ntotal_mapped_file 30\n"
                  "total_swap 40\ntotal_pgfault 50\ntotal_pgmajfault 60\ntotal_inactive_file 70\n"
                  "total_active_file 80\n",
                  [](CgroupUsage& u) {
                    u.memory_cache_bytes = 10;
                    u.memory_rss_bytes = 20;
                    u.memory_mapped_file_bytes = 30;
                    u.memory_swap_bytes = 40;
                    u.memory_page_faults = 50;
                    u.memory_major_page_faults = 60;
                    u.memory_inactive_file_bytes = 70;
                    u.memory_active_file_bytes = 80;
                  }},
        UsageCase{"memory_statistics_that_are_none", C::memory, kV1, "memory.stat", "total_cache many\n",
                  nullptr},
        UsageCase{"kills", C::memory, kV1, "memory.oom_control",
                  "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n", [](CgroupUsage& u) { u.oom_kills = 3; }},
        UsageCase{"kernels_that_do_not_count_kills", C::memory, kV1, "memory.oom_control",
                  "oom_kill_disable 0\nunder_oom 0\n", [](CgroupUsage&) {}},
        UsageCase{"bytes_by_device_and_operation", C::blkio, kV1, "blkio.throttle.io_service_bytes_recursive",
                  "259:0 Read 5\n259:0 Write 6\n259:0 Sync 7\n259:0 Async 8\n259:0 Discard 9\n259:0 Total "
                  "11\nTotal 11\n",
                  [](CgroupUsage& u) { disk(u).bytes = {5, 6, 7, 8, 9, 11}; }},
        UsageCase{"requests_by_device_and_operation", C::blkio, kV1, "blkio.bfq.io_serviced_recursive",
                  "8:0 Read 1\n8:16 Read 2\nTotal 3\n",
                  [](CgroupUsage& u) {
                    set(u.device(8, 0).requests, IoOperation::read, 1);
                    set(u.device(8, 16).requests, IoOperation::read, 2);
                  }},
        UsageCase{"operations_of_newer_kernels_are_passed_over", C::blkio, kV1, "blkio.io_serviced_recursive",
                  "8:0 Teleport 1\n8:0 Write 2\n",
                  [](CgroupUsage& u) { set(u.device(8, 0).requests, IoOperation::write, 2); }},
        UsageCase{"no_device_was_used", C::blkio, kV1, "blkio.bfq.io_serviced_recursive", "Total 0\n",
                  [](CgroupUsage&) {}},
        UsageCase{"device_that_is_none", C::blkio, kV1, "blkio.throttle.io_serviced", "sda Read 1\n",
                  nullptr},
        UsageCase{"bytes_that_are_none", C::blkio, kV1, "blkio.throttle.io_serviced", "8:0 Read\n", nullptr},
        UsageCase{"processes", C::pids, kV1, "cgroup.procs", "1\n27\n999\n",
                  [](CgroupUsage& u) { u.processes = 3; }},
        UsageCase{"no_process", C::pids, kV1, "cgroup.procs", "", [](CgroupUsage& u) { u.processes = 0; }},
        UsageCase{"threads", C::pids, kV1, "pids.current", "12\n", [](CgroupUsage& u) { u.threads = 12; }}),
    name_of_case<UsageCase>);

INSTANTIATE_TEST_SUITE_P(
    V2, ReadsUsage,
    testing::Values(
        UsageCase{"cpu_time_and_throttling_are_microseconds", C::cpuacct, kV2, "cpu.stat",
                  "usage_usec 5\nuser_usec 3\nsystem_usec 2\nnr_periods 9\nnr_throttled 8\nthrottled_usec 7\n"
                  "nr_bursts 6\nburst_usec 4\n",
                  [](CgroupUsage& u) {
                    u.cpu_total_ns = 5000;
                    u.cpu_user_ns = 3000;
                    u.cpu_system_ns = 2000;
                    u.cfs_periods = 9;
                    u.cfs_throttled_periods = 8;
                    u.cfs_throttled_ns = 7000;
                    u.cfs_bursts = 6;
                    u.cfs_burst_ns = 4000;
                  }},
        UsageCase{
            "only_throttling_where_cpu_time_is_v1s", C::cpu, kV2, "cpu.stat",
            "usage_usec 5\nuser_usec 3\nsystem_usec 2\nnr_periods 9\nnr_throttled 8\nthrottled_usec 7\n",
            [](CgroupUsage& u) {
              u.cfs_periods = 9;
              u.cfs_throttled_periods = 8;
              u.cfs_throttled_ns = 7000;
            }},
        UsageCase{"cpu_controller_off", C::cpuacct, kV2, "cpu.stat",
                  "usage_usec 5\nuser_usec 3\nsystem_usec 2\n",
                  [](CgroupUsage& u) {
                    u.cpu_total_ns = 5000;
                    u.cpu_user_ns = 3000;
                    u.cpu_system_ns = 2000;
                  }},
        UsageCase{"memory_statistics", C::memory, kV2, "memory.stat",
                  "anon 1\nfile 2\nkernel 3\nfile_mapped 4\ninactive_file 5\nactive_file 6\npgfault "
                  "7\npgmajfault 8\n",
                  [](CgroupUsage& u) {
                    u.memory_rss_bytes = 1;
                    u.memory_cache_bytes = 2;
                    u.memory_kernel_bytes = 3;
                    u.memory_mapped_file_bytes = 4;
                    u.memory_inactive_file_bytes = 5;
                    u.memory_active_file_bytes = 6;
                    u.memory_page_faults = 7;
                    u.memory_major_page_faults = 8;
                  }},
        UsageCase{"failcnt_is_how_often_the_limit_was_met", C::memory, kV2, "memory.events",
                  "low 0\nhigh 0\nmax 42\noom 2\noom_kill 1\noom_group_kill 0\n",
                  [](CgroupUsage& u) {
                    u.memory_events_low = u.memory_events_high = 0;
                    u.memory_failcnt = u.memory_events_max = 42;
                    u.memory_events_oom = 2;
                    u.oom_kills = u.memory_events_oom_kill = 1;
                  }},
        UsageCase{
            "devices", C::blkio, kV2, "io.stat",
            "259:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6\n8:0 rbytes=9 wbytes=0 rios=1 wios=0\n",
            [](CgroupUsage& u) {
              set(disk(u).bytes, IoOperation::read, 1);
              set(disk(u).bytes, IoOperation::write, 2);
              set(disk(u).bytes, IoOperation::discard, 5);
              set(disk(u).requests, IoOperation::read, 3);
              set(disk(u).requests, IoOperation::write, 4);
              set(disk(u).requests, IoOperation::discard, 6);
              auto& sda = u.device(8, 0);
              set(sda.bytes, IoOperation::read, 9);
              set(sda.bytes, IoOperation::write, 0);
              set(sda.requests, IoOperation::read, 1);
              set(sda.requests, IoOperation::write, 0);
            }},
        UsageCase{"devices_without_numbers_before_one_with", C::blkio, kV2, "io.stat",
                  "252:1 252:0 259:0 rbytes=7 cost.usage=5\n",
                  [](CgroupUsage& u) { set(disk(u).bytes, IoOperation::read, 7); }},
        UsageCase{"device_without_numbers", C::blkio, kV2, "io.stat", "259:0 \n", [](CgroupUsage&) {}},
        UsageCase{"no_device_was_used", C::blkio, kV2, "io.stat", "", [](CgroupUsage&) {}},
        UsageCase{"numbers_without_a_device", C::blkio, kV2, "io.stat", "rbytes=7\n", nullptr},
        UsageCase{"bytes_that_are_none", C::blkio, kV2, "io.stat", "259:0 rbytes=x\n", nullptr}),
    name_of_case<UsageCase>);

TEST(CgroupFiles, FirstIoFileThatNamesADeviceWins) {
  CgroupUsage usage;
  EXPECT_TRUE(read_usage(C::blkio, kV1, "blkio.bfq.io_service_bytes_recursive", "Total 0\n", usage));
  EXPECT_TRUE(read_usage(C::blkio, kV1, "blkio.io_service_bytes_recursive", "259:0 Read 5\n", usage));
  EXPECT_TRUE(read_usage(C::blkio, kV1, "blkio.throttle.io_service_bytes_recursive",
                         "259:0 Read 9\n8:0 Read 1\n", usage));
  EXPECT_EQ(usage.io.size(), 1U);
  EXPECT_EQ(usage.io[0].bytes[0], 5U);
}

TEST(CgroupFiles, NoFileIsNamedTwiceInAController) {
  for (const auto version : {kV1, kV2}) {
    for (const auto controller : {C::cpu, C::cpuacct, C::memory, C::blkio, C::pids}) {
      std::set<std::string_view> names;
      for (const auto& file : usage_files(controller, version))
        EXPECT_TRUE(names.insert(file.name).second) << file.name;
      for (const auto& file : limit_files(controller, version))
        EXPECT_TRUE(names.insert(file.name).second) << file.name;
    }
  }
}

struct LimitCase {
  const char* name;
  C controller;
  CgroupVersion version;
  const char* file;
  const char* text;
  Reading CgroupLimits::*limit;
  Reading expected;
  bool good = true;
};

class ReadsLimit : public testing::TestWithParam<LimitCase> {};

TEST_P(ReadsLimit, OfOneFile) {
  const auto& param = GetParam();
  CgroupLimits limits;
  EXPECT_EQ(read_limit(param.controller, param.version, param.file, param.text, limits), param.good);
  EXPECT_EQ(limits.*param.limit, param.expected);
}

using L = CgroupLimits;
INSTANTIATE_TEST_SUITE_P(
    CgroupFiles, ReadsLimit,
    testing::Values(
        LimitCase{"v1_memory", C::memory, kV1, "memory.limit_in_bytes", "67108864\n", &L::memory_limit_bytes,
                  67108864},
        LimitCase{"v1_memory_without_limit_is_0", C::memory, kV1, "memory.limit_in_bytes",
                  "9223372036854771712\n", &L::memory_limit_bytes, 0},
        LimitCase{"v1_memory_and_swap", C::memory, kV1, "memory.memsw.limit_in_bytes", "134217728\n",
                  &L::memory_swap_limit_bytes, 134217728},
        LimitCase{"v1_reservation", C::memory, kV1, "memory.soft_limit_in_bytes", "1\n",
                  &L::memory_reservation_limit_bytes, 1},
        LimitCase{"v1_quota", C::cpu, kV1, "cpu.cfs_quota_us", "20000\n", &L::cpu_quota_us, 20000},
        LimitCase{"v1_no_quota_is_absent", C::cpu, kV1, "cpu.cfs_quota_us", "-1\n", &L::cpu_quota_us,
                  std::nullopt},
        LimitCase{"v1_shares", C::cpu, kV1, "cpu.shares", "256\n", &L::cpu_shares, 256},
        LimitCase{"pids", C::pids, kV1, "pids.max", "100\n", &L::threads_max, 100},
        LimitCase{"no_limit_of_pids_is_0", C::pids, kV2, "pids.max", "max\n", &L::threads_max, 0},
        LimitCase{"v2_memory", C::memory, kV2, "memory.max", "5\n", &L::memory_limit_bytes, 5},
        LimitCase{"v2_memory_without_limit_is_0", C::memory, kV2, "memory.max", "max\n",
                  &L::memory_limit_bytes, 0},
        LimitCase{"v2_swap", C::memory, kV2, "memory.swap.max", "6\n", &L::memory_swap_limit_bytes, 6},
        LimitCase{"v2_reservation_is_memory_low", C::memory, kV2, "memory.low", "7\n",
                  &L::memory_reservation_limit_bytes, 7},
        LimitCase{"v2_quota", C::cpu, kV2, "cpu.max", "50000 100000\n", &L::cpu_quota_us, 50000},
        LimitCase{"v2_no_quota_is_absent", C::cpu, kV2, "cpu.max", "max 100000\n", &L::cpu_quota_us,
                  std::nullopt},
        LimitCase{"v2_period", C::cpu, kV2, "cpu.max", "max 100000\n", &L::cpu_period_us, 100000},
        LimitCase{"v2_quota_that_is_none", C::cpu, kV2, "cpu.max", "much\n", &L::cpu_quota_us, std::nullopt,
                  false},
        LimitCase{"v2_shares", C::cpu, kV2, "cpu.weight", "100\n", &L::cpu_shares, 1024},
        LimitCase{"v2_weight_out_of_range", C::cpu, kV2, "cpu.weight", "10001\n", &L::cpu_shares,
                  std::nullopt, false},
        LimitCase{"memory_that_is_none", C::memory, kV2, "memory.max", "lots\n", &L::memory_limit_bytes,
                  std::nullopt, false}),
    name_of_case<LimitCase>);

// As opencontainers/cgroups ConvertCPUSharesToCgroupV2Value does.
std::uint64_t weight_by_runc(std::uint64_t shares) {
  const double l = std::log2(static_cast<double>(shares));
  return static_cast<std::uint64_t>(std::ceil(std::pow(10, (l * l + 125 * l) / 612.0 - 7.0 / 34.0)));
}

TEST(CgroupFiles, SharesThatEcsGivesComeBackFromTheirWeight) {
  for (std::uint64_t shares = 16; shares <= 131072; shares *= 2)
    EXPECT_EQ(v2::shares_of_weight(weight_by_runc(shares)), shares);
}

TEST(CgroupFiles, EveryWeightGivesSharesOfThatWeight) {
  for (std::uint64_t weight = 2; weight < 10000; ++weight) {
    const auto shares = v2::shares_of_weight(weight);
    // Low weights are further apart than whole shares: some have none.
    if (weight > 100) {
      EXPECT_EQ(weight_by_runc(shares), weight) << shares;
    }
    EXPECT_LE(v2::shares_of_weight(weight), v2::shares_of_weight(weight + 1));
  }
}

}  // namespace
}  // namespace hakoban
