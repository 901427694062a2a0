// Sources beside Docker's json-file: a roster that owns its files, and one who wants to know before a log is
// forgotten.
#include <gmock/gmock.h>

#include "platform/readable_file.h"
#include "tests/fakes/log_host.h"

namespace hakoban {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

// A spool: one log, in files of its own.
class SpoolRoster final : public LogRoster {
 public:
  [[nodiscard]] std::uint64_t version() const override { return version_; }
  [[nodiscard]] std::vector<FollowedLog> logs() const override { return logs_; }
  void generation_stored(const std::string& id, const FileIdentity& file) override {
    stored.emplace_back(id, file.inode);
  }
  void tell(std::vector<FollowedLog> logs) {
    logs_ = std::move(logs);
    ++version_;
  }

  std::vector<std::pair<std::string, std::uint64_t>> stored;

 private:
  std::vector<FollowedLog> logs_;
  std::uint64_t version_ = 0;
};

class Witness final : public LogWitness {
 public:
  [[nodiscard]] bool may_forget(const LogProgress& progress) override {
    asked.push_back(progress);
    return allowed;
  }

  std::vector<LogProgress> asked;
  bool allowed = false;
};

FollowedLog spooled(const DockerLogWriter& writer) {
  FollowedLog log;
  log.id = "unit-docker.service";
  log.path = writer.live().string();
  log.below_rootfs = false;
  log.place = LogPlace{"_host/i-1/docker.service", ""};
  log.place_if_unknown = *log.place;
  return log;
}

std::uint64_t inode_of(const std::string& path) {
  return hakoban::file_status(path).value().inode;
}

class SpoolHost : public ::testing::Test {
 protected:
  void start() { host.start_with({&host.roster, &spool}); }

  void write(int from, int until) {
    for (int number = from; number < until; ++number) writer.line(std::to_string(number), host.clock.now());
  }

  LogHost host;
  SpoolRoster spool;
  DockerLogWriter writer{host.folder.path() / "spool", "unit-docker.service", {.max_size = 0, .max_file = 9}};
};

TEST_F(SpoolHost, a_log_of_its_own_goes_the_same_way_and_its_files_come_free_oldest_first) {
  host.publish();
  spool.tell({spooled(writer)});
  start();
  write(0, 10);
  const auto first = inode_of(writer.live());
  writer.rotate();
  write(10, 20);
  const auto second = inode_of(writer.live());
  writer.rotate();
  write(20, 30);
  host.ship_all();
  EXPECT_EQ(faults(recount(host.store.objects())["_host/i-1/docker.service"], 30), "");
  EXPECT_THAT(spool.stored,
              ElementsAre(std::pair{"unit-docker.service", first}, std::pair{"unit-docker.service", second}));

  // The owner did not get to delete them before the process died.
  host.kill();
  spool.stored.clear();
  start();
  host.turn();
  EXPECT_THAT(spool.stored,
              ElementsAre(std::pair{"unit-docker.service", first}, std::pair{"unit-docker.service", second}));
}

TEST_F(SpoolHost, is_not_taken_for_gone_while_its_roster_knows_nothing_yet) {
  host.publish();
  spool.tell({spooled(writer)});
  start();
  write(0, 10);
  host.ship_all();
  host.kill();
  SpoolRoster silent;
  host.start_with({&host.roster, &silent});
  write(10, 20);
  host.ship_all();
  writer.remove();
  host.ship_all();
  EXPECT_FALSE(std::filesystem::is_empty(host.folder.path() / "state"));
  silent.tell({});
  host.ship_all();
  host.ship_all();
  EXPECT_TRUE(std::filesystem::is_empty(host.folder.path() / "state"));
  EXPECT_EQ(faults(recount(host.store.objects())["_host/i-1/docker.service"], 20), "");
}

TEST_F(SpoolHost, a_witness_keeps_the_totals_of_a_log_that_is_gone_over_a_restart) {
  Witness witness;
  const auto container = host.start_container(1);
  spool.tell({});
  start();
  host.tailer->set_witness(witness);
  for (int number = 0; number < 10; ++number) container->line(std::to_string(number), host.clock.now());
  host.ship_all();
  host.kill();
  start();
  host.tailer->set_witness(witness);
  for (int number = 10; number < 15; ++number) container->line(std::to_string(number), host.clock.now());
  host.ship_all();
  EXPECT_TRUE(witness.asked.empty());
  container->remove();
  host.remove_container(1);
  host.ship_all();
  host.turn();
  ASSERT_FALSE(witness.asked.empty());
  const auto& totals = witness.asked.back().totals;
  EXPECT_EQ(totals.lines, 15U);
  EXPECT_EQ(totals.objects, 2U);
  EXPECT_THAT(totals.lines_by_date, ElementsAre(std::pair{"2026-11-23", 15U}));
  EXPECT_THAT(host.tailer->progress(), SizeIs(1));
  witness.allowed = true;
  host.turn();
  EXPECT_THAT(host.tailer->progress(), SizeIs(0));
  EXPECT_TRUE(std::filesystem::is_empty(host.folder.path() / "state"));
}

}  // namespace
}  // namespace hakoban
