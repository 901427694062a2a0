#include "collectors/files/file_follower.h"

#include <gmock/gmock.h>

#include "platform/append_file.h"
#include "platform/files.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/registry_values.h"
#include "tests/fakes/temporary_folder.h"

namespace hakoban {
namespace {

class FileFollowerTest : public ::testing::Test {
 protected:
  FileFollowerTest() {
    config.paths = {path.string()};
    start();
  }
  void start() {
    follower.reset();
    spool.reset();
    registry = std::make_unique<prometheus::Registry>();
    SpoolConfig spooling;
    spooling.folder = folder.path() / "spool";
    spool = std::make_unique<Spool>(hosts, clock, *registry, spooling);
    ASSERT_TRUE(spool->open());
    follower = std::make_unique<FileFollower>(*spool, clock, *registry, config);
  }
  void write(std::string_view text) const { ASSERT_TRUE(AppendFile::open(path).value().append(text)); }
  void rotate(const std::string& suffix) const { std::filesystem::rename(path, path.string() + suffix); }
  [[nodiscard]] std::filesystem::path spooled() const {
    return folder.path() / "spool/unit.ecs.log/unit.ecs.log-json.log";
  }
  // The texts of all records, one a letter.
  [[nodiscard]] std::string texts() const {
    const auto text = read_file(spooled()).value();
    std::string found;
    for (std::size_t at = text.find(R"("log":")"); at != std::string::npos;
         at = text.find(R"("log":")", at + 1))
      found += text[at + 7];
    return found;
  }

  TemporaryFolder folder;
  const std::filesystem::path path = folder.path() / "ecs.log";
  FakeClock clock;
  Latest<HostView> hosts;
  FileFollowerConfig config;
  std::unique_ptr<prometheus::Registry> registry;
  std::unique_ptr<Spool> spool;
  std::unique_ptr<FileFollower> follower;
};

TEST_F(FileFollowerTest, lines_become_records_dated_by_themselves_or_by_the_one_before) {
  write("level=info time=2026-11-22T23:59:59Z msg=\"a\"\n  at b\nhalf");
  follower->turn();
  EXPECT_EQ(
      read_file(spooled()).value(),
      R"({"log":"level=info time=2026-11-22T23:59:59Z msg=\"a\"\n","stream":"file","time":"2026-11-22T23:59:59Z"})"
      "\n"
      R"({"log":"  at b\n","stream":"file","time":"2026-11-22T23:59:59Z"})"
      "\n");
  write("done\n");
  follower->turn();
  EXPECT_THAT(read_file(spooled()).value(),
              ::testing::EndsWith(R"({"log":"halfdone\n","stream":"file","time":"2026-11-23T12:00:00Z"})"
                                  "\n"));
}

TEST_F(FileFollowerTest, rotated_files_are_read_to_their_end_also_after_a_restart) {
  write("1\n2\n");
  follower->turn();
  write("3\n4");
  rotate(".1");
  write("5\n");
  follower->turn();
  EXPECT_EQ(texts(), "12345");
  write("6\n");
  start();
  write("7\n");
  rotate(".2026-11-23-12");
  write("8\n");
  follower->turn();
  EXPECT_EQ(texts(), "12345678");
  EXPECT_EQ(value_in(*registry, "hakoban_host_files_gaps_total"), 0);
}

TEST_F(FileFollowerTest, what_was_truncated_or_deleted_unread_is_a_gap) {
  write("1\n2\n");
  follower->turn();
  std::filesystem::resize_file(path, 0);
  write("3\n");
  follower->turn();
  EXPECT_EQ(texts(), "123");
  EXPECT_EQ(value_in(*registry, "hakoban_host_files_gaps_total"), 1);
  start();
  // A file of its own keeps the inode from being used again at once.
  rotate(".kept");
  std::filesystem::rename(path.string() + ".kept", folder.path() / "spool/elsewhere");
  write("4\n");
  follower->turn();
  EXPECT_EQ(texts(), "1234");
  EXPECT_EQ(value_in(*registry, "hakoban_host_files_gaps_total"), 1);
}

TEST_F(FileFollowerTest, a_death_within_a_batch_repeats_nothing_though_time_went_on) {
  write("0\n");
  follower->turn();
  write("1\n2\n3\n");
  const auto marks = spooled().parent_path() / "marks";
  const auto marked = read_file(marks).value();
  follower->turn();
  spool.reset();
  std::filesystem::resize_file(marks, marked.size());
  std::filesystem::resize_file(spooled(), std::filesystem::file_size(spooled()) - 10);
  clock.advance(1h);
  start();
  write("4\n");
  follower->turn();
  EXPECT_EQ(texts(), "01234");
  EXPECT_EQ(spool->unmarked_lines("unit.ecs.log"), "");
}

TEST_F(FileFollowerTest, an_absent_file_is_waited_for) {
  follower->turn();
  EXPECT_EQ(value_in(*registry, "hakoban_host_files_failures_total"), 0);
  write("1\n");
  follower->turn();
  EXPECT_EQ(texts(), "1");
}

}  // namespace
}  // namespace hakoban
