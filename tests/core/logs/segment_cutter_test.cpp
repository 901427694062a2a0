#include "core/logs/segment_cutter.h"

#include <random>
#include <string>

#include <gtest/gtest.h>

namespace hakoban {
namespace {

std::string record(const std::string& log, const std::string& day = "23") {
  return R"({"log":")" + log + R"(\n","stream":"stdout","time":"2026-11-)" + day + R"(T20:52:58.3Z"})" + "\n";
}

std::string joined(const std::vector<std::string_view>& records) {
  std::string all;
  for (const auto& each : records) all += each;
  return all;
}

struct Case {
  std::string name;
  std::string bytes;
  bool last;
  std::string kept;
  std::size_t left;  // bytes not taken
  std::uint64_t lines;
  std::uint64_t torn;
};

class SegmentCutting : public ::testing::TestWithParam<Case> {};

TEST_P(SegmentCutting, takes_whole_lines_of_one_day) {
  const auto& expected = GetParam();
  SegmentCutter cutter;
  std::vector<std::string_view> records;
  const auto used = cutter.take(expected.bytes, expected.last, records);
  EXPECT_EQ(joined(records), expected.kept);
  EXPECT_EQ(expected.bytes.size() - used, expected.left);
  EXPECT_EQ(cutter.lines(), expected.lines);
  EXPECT_EQ(cutter.torn_lines(), expected.torn);
}

const std::string kA = record("a");
const std::string kB = record("bb");
const std::string kNextDay = record("c", "24");
const std::string kHalf = R"({"log":"hal)";
const std::string kUnended = kA.substr(0, kA.size() - 1);
const std::string kZeros = std::string(100, '\0');
const std::string kZeroed = kA.substr(0, 9) + std::string(2, '\0') + kA.substr(9);
const std::string kWrongDate = R"({"log":"x","stream":"stdout","time":"../../../..T20:52:58.3Z"})"
                               "\n";

INSTANTIATE_TEST_SUITE_P(
    Bytes, SegmentCutting,
    ::testing::Values(
        Case{"nothing", "", false, "", 0, 0, 0}, Case{"whole_lines", kA + kB, false, kA + kB, 0, 2, 0},
        Case{"the_last_line_is_not_there_yet", kA + kHalf, false, kA, kHalf.size(), 1, 0},
        Case{"the_last_line_will_never_be_whole", kA + kHalf, true, kA, 0, 1, 1},
        Case{"the_last_line_lacks_its_newline_alone", kA + kUnended, true, kA + kUnended, 0, 2, 0},
        Case{"the_next_day", kA + kNextDay + kB, false, kA, kNextDay.size() + kB.size(), 1, 0},
        Case{"the_next_day_first", kNextDay + kB, false, kNextDay, kB.size(), 1, 0},
        Case{"half_a_line_glued_to_a_whole_one", kA + kHalf + kB + kA, false, kA + kB + kA, 0, 3, 1},
        Case{"half_a_line_glued_to_the_next_day", kA + kHalf + kNextDay, false, kA,
             kHalf.size() + kNextDay.size(), 1, 0},
        Case{"half_a_line_first", kHalf + kB, false, kB, 0, 1, 1},
        Case{"lines_of_something_else", "hello\n" + kA + "\n{}\n" + kB, false, kA + kB, 0, 2, 2},
        Case{"zeros_where_a_file_system_lost_power", kA + kZeros + kB, false, kA + kB, 0, 2, 1},
        Case{"zeros_inside_of_a_line", kA + kZeroed + kB, false, kA + kB, 0, 2, 1},
        Case{"a_date_that_is_none", kWrongDate + kA, false, kA, 0, 1, 1},
        Case{"a_date_that_is_none_later", kA + kWrongDate + kA, false, kA + kA, 0, 2, 1}),
    [](const auto& each) { return each.param.name; });

TEST(SegmentCutter, has_the_date_of_its_records) {
  SegmentCutter cutter;
  std::vector<std::string_view> records;
  EXPECT_EQ(cutter.date(), "");
  EXPECT_EQ(cutter.take(kA, false, records), kA.size());
  EXPECT_EQ(cutter.date(), "2026-11-23");
  EXPECT_FALSE(cutter.ended());
  EXPECT_EQ(cutter.take(kNextDay, false, records), 0U);
  EXPECT_TRUE(cutter.ended());
}

TEST(SegmentCutter, passes_over_a_line_without_end_up_to_the_next_start) {
  const std::string garbage(1000, 'x');
  SegmentCutter cutter;
  EXPECT_EQ(cutter.pass_over(garbage + R"({"log":"a)"), 1000U);
  EXPECT_EQ(cutter.pass_over(garbage + R"({"log)"), 1000U - 2U);
  EXPECT_EQ(cutter.torn_lines(), 2U);
}

// However the bytes arrive, the same records come out: a repeated segment is the same object.
TEST(SegmentCutter, gives_equal_records_for_equal_bytes_however_they_are_fed) {
  std::mt19937 chance{7};
  const std::string pieces[] = {kA, kB, kHalf, "\n", "junk\n", kZeroed};
  for (int round = 0; round < 300; ++round) {
    std::string bytes;
    for (int i = 0; i < 12; ++i) bytes += pieces[chance() % 6];
    bytes += "\n";
    SegmentCutter whole;
    std::vector<std::string_view> expected;
    ASSERT_EQ(whole.take(bytes, true, expected), bytes.size());

    SegmentCutter fed;
    std::string got;
    for (std::size_t from = 0, until = 0; from < bytes.size();) {
      until = std::min(bytes.size(), until + 1 + chance() % 90);
      std::vector<std::string_view> records;
      from += fed.take(std::string_view{bytes}.substr(from, until - from), until == bytes.size(), records);
      got += joined(records);
    }
    ASSERT_EQ(got, joined(expected)) << "round " << round;
    ASSERT_EQ(fed.torn_lines(), whole.torn_lines()) << "round " << round;
  }
}

}  // namespace
}  // namespace hakoban
