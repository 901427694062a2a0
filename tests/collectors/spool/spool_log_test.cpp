#include "collectors/spool/spool_log.h"

#include <csignal>
#include <sys/resource.h>

#include <gmock/gmock.h>

#include "platform/files.h"
#include "tests/fakes/temporary_folder.h"

namespace hakoban {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

class SpoolLogTest : public ::testing::Test {
 protected:
  [[nodiscard]] SpoolLog open() const { return SpoolLog::open(folder_.path() / "x", "x").value(); }
  [[nodiscard]] std::string text(const std::string& suffix = "") const {
    return read_file(folder_.path() / ("x/x-json.log" + suffix)).value();
  }
  // What a killed process may leave.
  void put(const std::string& file, std::string_view bytes) const {
    ASSERT_TRUE(AppendFile::open(folder_.path() / "x" / file).value().append(bytes));
  }

  TemporaryFolder folder_;
};

TEST_F(SpoolLogTest, goes_on_where_it_ended) {
  {
    auto log = open();
    EXPECT_EQ(log.last_mark(), "");
    ASSERT_TRUE(log.append("one\n", "first"));
    ASSERT_TRUE(log.append("two\nthree\n", "s=1;\xff mark\n"));
    ASSERT_TRUE(log.sync());
  }
  auto log = open();
  EXPECT_EQ(log.last_mark(), "s=1;\xff mark\n");
  EXPECT_THAT(log.unmarked_lines(), IsEmpty());
  ASSERT_TRUE(log.append("four\n", "next"));
  EXPECT_EQ(text(), "one\ntwo\nthree\nfour\n");
}

TEST_F(SpoolLogTest, a_batch_that_a_crash_cut_short_is_completed_and_not_repeated) {
  struct Case {
    const char* name;
    std::string_view left;
    std::string_view expected;
  };
  const Case cases[] = {
      {"nothing_written", "", "one\ntwo\nthree\n"},
      {"a_line_written", "two\n", "one\ntwo\nthree\n"},
      {"all_written", "two\nthree\n", "one\ntwo\nthree\n"},
      {"a_line_and_a_half", "two\nthr", "one\ntwo\nthree\n"},
      {"all_but_a_newline", "two\nthree", "one\ntwo\nthree\n"},
      {"half_a_line", "tw", "one\ntwo\nthree\n"},
      // Of a batch that does not come again: it is left for the reader of records to pass over.
      {"half_another_line", "on", "one\non\ntwo\nthree\n"},
  };
  for (const auto& each : cases) {
    SCOPED_TRACE(each.name);
    std::filesystem::remove_all(folder_.path() / "x");
    ASSERT_TRUE(open().append("one\n", "first"));
    put("x-json.log", each.left);
    auto log = open();
    EXPECT_EQ(log.last_mark(), "first");
    ASSERT_TRUE(log.append("two\nthree\n", "second"));
    EXPECT_EQ(text(), each.expected);
    EXPECT_EQ(open().last_mark(), "second");
  }
}

TEST_F(SpoolLogTest, a_torn_mark_is_no_mark) {
  ASSERT_TRUE(open().append("one\n", "first"));
  const auto marks = read_file(folder_.path() / "x/marks").value();
  put("x-json.log", "two\n");
  put("marks", marks.substr(0, marks.size() / 2));
  auto log = open();
  EXPECT_EQ(log.last_mark(), "first");
  ASSERT_TRUE(log.append("two\n", "second"));
  EXPECT_EQ(text(), "one\ntwo\n");
  EXPECT_EQ(open().last_mark(), "second");
}

TEST_F(SpoolLogTest, another_batch_after_a_crash_leaves_what_is_there) {
  ASSERT_TRUE(open().append("one\n", "first"));
  put("x-json.log", "two\n");
  auto log = open();
  ASSERT_TRUE(log.append("other\n", "second"));
  EXPECT_EQ(text(), "one\ntwo\nother\n");
}

TEST_F(SpoolLogTest, a_cut_batch_may_come_again_in_smaller_parts) {
  ASSERT_TRUE(open().append("one\n", "first"));
  put("x-json.log", "two\nthree\nfo");
  {
    auto log = open();
    ASSERT_TRUE(log.append("two\n", "second"));
    EXPECT_EQ(log.unmarked_lines(), "three\nfo");
  }
  auto log = open();
  EXPECT_EQ(log.last_mark(), "second");
  ASSERT_TRUE(log.append("three\nfour\n", "third"));
  EXPECT_EQ(text(), "one\ntwo\nthree\nfour\n");
}

TEST_F(SpoolLogTest, knows_its_latest_marks_over_rotations_and_restarts) {
  auto log = open();
  for (int i = 0; i < 300; ++i) ASSERT_TRUE(log.append("x\n", "mark-" + std::to_string(i)));
  ASSERT_TRUE(log.rotate());
  ASSERT_TRUE(log.append("x\n", "mark-300"));
  EXPECT_TRUE(log.has_mark("mark-100"));
  const auto again = open();
  EXPECT_TRUE(again.has_mark("mark-300"));
  EXPECT_TRUE(again.has_mark("mark-46"));
  EXPECT_FALSE(again.has_mark("mark-1"));
  EXPECT_EQ(again.last_mark(), "mark-300");
}

TEST_F(SpoolLogTest, rotates_as_docker_does_and_drops_what_is_stored_oldest_first) {
  auto log = open();
  ASSERT_TRUE(log.rotate());
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "x/x-json.log.1"));
  std::vector<std::uint64_t> inodes;
  for (const auto* line : {"one\n", "two\n", "three\n"}) {
    ASSERT_TRUE(log.append(line, line));
    inodes.push_back(file_status(log.live())->inode);
    ASSERT_TRUE(log.rotate());
  }
  EXPECT_EQ(text(".3") + text(".2") + text(".1") + text(), "one\ntwo\nthree\n");
  EXPECT_EQ(log.bytes(), 14U);
  ASSERT_TRUE(log.drop_through(inodes[1]));
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "x/x-json.log.2"));
  EXPECT_EQ(text(".1"), "three\n");
  EXPECT_EQ(log.bytes(), 6U);
  ASSERT_TRUE(log.drop_through(12345));
  EXPECT_EQ(text(".1"), "three\n");
  EXPECT_EQ(open().last_mark(), "three\n");
  EXPECT_EQ(open().bytes(), 6U);
}

TEST_F(SpoolLogTest, killed_in_a_rotation_it_knows_its_last_mark) {
  ASSERT_TRUE(open().append("one\n", "first"));
  std::filesystem::rename(folder_.path() / "x/x-json.log", folder_.path() / "x/x-json.log.1");
  auto log = open();
  EXPECT_EQ(log.last_mark(), "first");
  EXPECT_THAT(log.unmarked_lines(), IsEmpty());
  ASSERT_TRUE(log.append("two\n", "second"));
  EXPECT_EQ(text(), "two\n");
}

TEST_F(SpoolLogTest, a_full_disk_refuses_a_batch_and_takes_it_in_whole_later) {
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  for (const bool marked : {true, false}) {
    std::filesystem::remove_all(folder_.path() / "x");
    auto log = open();
    ASSERT_TRUE(log.append("one\n", marked ? "first" : ""));
    const std::string batch = "two\n" + std::string(100, '3') + "\nfour\n";
    for (const std::size_t room : {0, 2, 4, 50}) {
      const rlimit full{text().size() + room, before.rlim_max};
      ::setrlimit(RLIMIT_FSIZE, &full);
      const auto refused = log.append(batch, marked ? "second" : "");
      ::setrlimit(RLIMIT_FSIZE, &before);
      ASSERT_FALSE(refused) << room;
      EXPECT_THAT(refused.error().what, HasSubstr("x-json.log"));
    }
    ASSERT_TRUE(log.append(batch, marked ? "second" : ""));
    EXPECT_EQ(text(), "one\n" + batch);
  }
}

}  // namespace
}  // namespace hakoban
