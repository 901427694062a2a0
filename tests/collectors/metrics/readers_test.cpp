// The readers below HostReaders, each by itself.
#include <algorithm>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "collectors/metrics/blkio_reader.h"
#include "collectors/metrics/exit_watch.h"
#include "collectors/metrics/hugetlb_reader.h"
#include "collectors/metrics/layer_walker.h"
#include "collectors/metrics/read_crew.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/file_tree.h"
#include "tests/fakes/registry_values.h"

namespace hakoban {
namespace {

using testing_tools::FileTree;

class Readers : public testing::Test {
 protected:
  // A cgroup with one file.
  std::shared_ptr<UsageReader> cgroup(const std::string& name, const std::string& usage) {
    tree_.write(name + "/memory.usage_in_bytes", usage);
    const std::vector<CgroupPlace> places{
        {CgroupController::memory, CgroupVersion::v1, "/" + name, (tree_.root() / name).string()}};
    return std::make_shared<UsageReader>(places, "", HostPaths{}, budget_, UsageReaderConfig{});
  }

  FileTree tree_;
  FakeClock clock_;
  std::shared_ptr<DescriptorBudget> budget_ = std::make_shared<DescriptorBudget>(100);
  std::string buffer_;
  ReadTally tally_;
};

TEST_F(Readers, OneThatHangsCostsOnlyItselfAndComesBack) {
  const auto first = cgroup("first", "1\n");
  const auto hangs = cgroup("hangs", "2\n");
  const auto last = cgroup("last", "3\n");
  tree_.remove("hangs/memory.usage_in_bytes");
  const auto pipe = (tree_.root() / "hangs/memory.usage_in_bytes").string();
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);  // to open it waits for a writer, as a read can for a lock
  ReadCrew crew{{.patience = 20ms, .most_left_behind = 4}};
  for (int round = 0; round < 2; ++round) {
    const auto reports = crew.read({first, hangs, last}, clock_.steady());
    ASSERT_EQ(reports.size(), 3U);
    ASSERT_TRUE(reports[0] && reports[2]);
    EXPECT_FALSE(reports[1]);
    EXPECT_EQ(reports[2]->usage.memory_usage_bytes, 3U);
  }
  const int writer = ::open(pipe.c_str(), O_WRONLY | O_CLOEXEC);  // the one that hangs goes on
  ASSERT_GE(writer, 0);
  ::close(writer);
  tree_.remove("hangs/memory.usage_in_bytes");
  tree_.write("hangs/memory.usage_in_bytes", "4\n");
  // It may take a moment to let go of its cgroup.
  auto reports = crew.read({hangs}, clock_.steady());
  while (!reports[0]) reports = crew.read({hangs}, clock_.steady());
  EXPECT_EQ(reports[0]->usage.memory_usage_bytes, 4U);
}

TEST_F(Readers, ManyAreReadInTheirOrder) {
  budget_ = std::make_shared<DescriptorBudget>(10);
  std::vector<std::shared_ptr<UsageReader>> readers;
  for (int i = 0; i < 300; ++i)
    readers.push_back(cgroup("many/" + std::to_string(i), std::to_string(i) + '\n'));
  ReadCrew crew;
  for (int round = 0; round < 3; ++round) {
    const auto reports = crew.read(readers, clock_.steady());
    ASSERT_EQ(reports.size(), readers.size());
    for (std::size_t i = 0; i < reports.size(); ++i) {
      ASSERT_TRUE(reports[i]);
      EXPECT_EQ(reports[i]->usage.memory_usage_bytes, i);
    }
  }
}

TEST_F(Readers, LimitsOfManyAreNotReadAnewAllAtOnce) {
  budget_ = std::make_shared<DescriptorBudget>(10);
  const auto set_limits = [&](const std::string& limit) {
    for (int i = 0; i < 200; ++i) tree_.write(std::to_string(i) + "/memory.limit_in_bytes", limit);
  };
  set_limits("4096\n");
  std::vector<std::shared_ptr<UsageReader>> readers;
  for (int i = 0; i < 200; ++i) readers.push_back(cgroup(std::to_string(i), "1\n"));
  ReadCrew crew;
  for (const auto& report : crew.read(readers, clock_.steady()))
    EXPECT_EQ(report->limits.memory_limit_bytes, 4096U);
  set_limits("8192\n");
  std::ptrdiff_t before = 0;
  for (int scrape = 1; scrape <= 4; ++scrape) {
    clock_.advance(15s);
    const auto reports = crew.read(readers, clock_.steady());
    const auto fresh = std::count_if(reports.begin(), reports.end(), [](const auto& report) {
      return report->limits.memory_limit_bytes == 8192U;
    });
    EXPECT_GT(fresh - before, 20) << scrape;
    EXPECT_LT(fresh - before, 80) << scrape;
    before = fresh;
  }
  EXPECT_EQ(before, 200);
}

TEST_F(Readers, WhenTooManyHangTheRestOfTheRoundIsLeftOut) {
  const auto hangs = cgroup("hangs", "2\n");
  const auto last = cgroup("last", "3\n");
  tree_.remove("hangs/memory.usage_in_bytes");
  const auto pipe = (tree_.root() / "hangs/memory.usage_in_bytes").string();
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  ReadCrew crew{{.patience = 20ms, .threads = 1, .most_left_behind = 1}};
  auto reports = crew.read({hangs, last}, clock_.steady());
  EXPECT_FALSE(reports[0] || reports[1]);
  const int writer = ::open(pipe.c_str(), O_WRONLY | O_CLOEXEC);
  ASSERT_GE(writer, 0);
  ::close(writer);
  do {
    reports = crew.read({last}, clock_.steady());
  } while (!reports[0]);
  EXPECT_EQ(reports[0]->usage.memory_usage_bytes, 3U);
}

pid_t child_that_waits() {
  const auto child = ::fork();
  if (child == 0) {
    for (;;) ::pause();
  }
  return child;
}

TEST_F(Readers, TheLastNumbersAreReadWhenTheProcessEnds) {
  prometheus::Registry registry;
  ExitWatch exits{clock_, registry};
  const auto reader = cgroup("job", "1\n");
  const auto child = child_that_waits();
  ASSERT_GE(child, 0);
  const auto key = exits.add(child, reader);
  ASSERT_TRUE(key);
  std::jthread watching{[&](const std::stop_token& stop) { exits.run(stop); }};
  EXPECT_EQ(reader->last().has_value(), false);
  tree_.write("job/memory.usage_in_bytes", "4711\n");
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  auto last = reader->last();
  while (!last) last = reader->last();
  EXPECT_EQ(last->usage.memory_usage_bytes, 4711U);
  watching.request_stop();
  watching.join();
  EXPECT_EQ(value_in(registry, "hakoban_metrics_exits_read_total"), 1);
}

// The policy that a thread here may have at most.
int best_policy() {
  int policy = SCHED_OTHER;
  std::jthread{[&] {
    const sched_param lowest{.sched_priority = 1};
    if (::pthread_setschedparam(::pthread_self(), SCHED_RR, &lowest) == 0) policy = SCHED_RR;
  }}.join();
  return policy;
}

TEST_F(Readers, TheThreadThatReadsLastNumbersGoesFirstWhereItMay) {
  prometheus::Registry registry;
  ExitWatch exits{clock_, registry};
  const auto child = child_that_waits();
  ASSERT_GE(child, 0);
  const auto reader = cgroup("job", "1\n");
  ASSERT_TRUE(exits.add(child, reader));
  std::jthread watching{[&](const std::stop_token& stop) { exits.run(stop); }};
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  while (!reader->last()) std::this_thread::yield();  // it is at work by now
  int policy = 0;
  sched_param given{};
  ASSERT_EQ(::pthread_getschedparam(watching.native_handle(), &policy, &given), 0);
  EXPECT_EQ(policy, best_policy());
}

TEST_F(Readers, AProcessThatIsGoneIsNotWatched) {
  prometheus::Registry registry;
  ExitWatch exits{clock_, registry};
  const auto child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) std::_Exit(0);
  ::waitpid(child, nullptr, 0);
  const auto added = exits.add(child, cgroup("job", "1\n"));
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().code, Errc::not_found);
}

TEST_F(Readers, IdleDisksCostOneReadAndBusyOnesTwo) {
  const auto write = [&](const std::string& file, const std::string& text) {
    tree_.write("io/blkio." + file, text);
  };
  write("bfq.io_service_bytes_recursive", "Total 0\n");
  write("bfq.io_serviced_recursive", "Total 0\n");
  write("throttle.io_service_bytes_recursive", "Total 0\n");
  write("throttle.io_serviced_recursive", "Total 0\n");
  BlkioReader reader{(tree_.root() / "io").string(), *budget_};
  const auto cost = [&](CgroupUsage& usage) {
    ReadTally tally;
    reader.read(usage, buffer_, tally);
    return tally.read;
  };
  CgroupUsage idle;
  EXPECT_EQ(cost(idle), 1U);
  EXPECT_TRUE(idle.io.empty());

  write("throttle.io_service_bytes_recursive", "8:0 Read 5\nTotal 5\n");
  write("throttle.io_serviced_recursive", "8:0 Read 1\nTotal 1\n");
  CgroupUsage found;
  cost(found);
  CgroupUsage known;
  EXPECT_EQ(cost(known), 2U);
  EXPECT_EQ(known.io, found.io);
  EXPECT_EQ(known.device(8, 0).bytes[0], 5U);

  // The scheduler is another now: bfq's files count, and they win.
  write("bfq.io_service_bytes_recursive", "8:0 Read 6\nTotal 6\n");
  write("bfq.io_serviced_recursive", "8:0 Read 2\nTotal 2\n");
  reader.look_again();
  CgroupUsage after;
  cost(after);
  EXPECT_EQ(after.device(8, 0).bytes[0], 6U);
}

TEST_F(Readers, HugePagesAreToldByPageSize) {
  tree_.write("v1/hugetlb.2MB.usage_in_bytes", "4194304\n");
  tree_.write("v1/hugetlb.2MB.max_usage_in_bytes", "6291456\n");
  tree_.write("v1/hugetlb.2MB.failcnt", "3\n");
  tree_.write("v1/hugetlb.2MB.rsvd.usage_in_bytes", "1\n");
  tree_.write("v2/hugetlb.1GB.current", "0\n");
  tree_.write("v2/hugetlb.1GB.events", "max 7\n");
  CgroupUsage one;
  HugetlbReader{{CgroupController::hugetlb, CgroupVersion::v1, "/", (tree_.root() / "v1").string()}, *budget_}
      .read(one, buffer_, tally_);
  EXPECT_THAT(one.hugetlb, testing::ElementsAre(HugePageUsage{"2MB", 4194304, 6291456, 3}));
  CgroupUsage two;
  HugetlbReader{{CgroupController::hugetlb, CgroupVersion::v2, "/", (tree_.root() / "v2").string()}, *budget_}
      .read(two, buffer_, tally_);
  EXPECT_THAT(two.hugetlb, testing::ElementsAre(HugePageUsage{"1GB", 0, std::nullopt, 7}));
}

class Layers : public testing::Test {
 protected:
  Layers() {
    const auto upper = (tree_.root() / "upper").string();
    tree_.write("proc/42/mountinfo",
                "1 2 0:60 / / rw - overlay overlay rw,lowerdir=/l,upperdir=" + upper + ",workdir=/w\n");
    tree_.write("proc/1/mountinfo", "22 1 259:1 / / rw - ext4 /dev/root rw\n");
    tree_.write("upper/file", std::string(100'000, 'x'));
    tree_.write("upper/folder/other", std::string(50'000, 'y'));
    std::filesystem::create_hard_link(tree_.root() / "upper/file", tree_.root() / "upper/same");
  }

  FileTree tree_;
  FakeClock clock_;
};

TEST_F(Layers, AreWalkedInTheBackgroundAndCountLinkedFilesOnce) {
  LayerWalker walker{{tree_.root() / "proc", "/sys"}, {}};
  EXPECT_EQ(walker.of("job", 42, clock_.steady()), std::nullopt);
  walker.finish();
  const auto layer = walker.of("job", 42, clock_.steady());
  ASSERT_TRUE(layer);
  EXPECT_EQ(layer->device, "device=\"/dev/root\"");
  EXPECT_GE(layer->usage_bytes, 150'000U);
  EXPECT_LT(layer->usage_bytes, 220'000U);
  EXPECT_GT(layer->limit_bytes, 0U);
  EXPECT_GE(layer->inodes, layer->inodes_free) << "cAdvisor gives the number in use for the number there is";
}

TEST_F(Layers, OfTooManyFilesHaveNoSizeButALimit) {
  LayerWalker walker{{tree_.root() / "proc", "/sys"}, {.most_files = 3}};
  EXPECT_EQ(walker.of("job", 42, clock_.steady()), std::nullopt);
  walker.finish();
  const auto layer = walker.of("job", 42, clock_.steady());
  ASSERT_TRUE(layer);
  EXPECT_EQ(layer->usage_bytes, std::nullopt);
  EXPECT_NE(layer->limit_bytes, std::nullopt);
}

TEST_F(Layers, AreWalkedAgainAfterAWhileOnly) {
  LayerWalker walker{{tree_.root() / "proc", "/sys"}, {.interval = 60s}};
  const auto size = [&] {
    EXPECT_TRUE(walker.of("job", 42, clock_.steady()) || true);
    walker.finish();
    return walker.of("job", 42, clock_.steady())->usage_bytes;
  };
  const auto before = size();
  tree_.write("upper/more", std::string(100'000, 'z'));
  EXPECT_EQ(size(), before);
  clock_.advance(60s);
  EXPECT_GT(size(), before);
}

}  // namespace
}  // namespace hakoban
