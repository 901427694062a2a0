#include "core/logs/segment_cutter.h"

#include <algorithm>
#include <random>
#include <string>

#include <gtest/gtest.h>

namespace hakoban {
namespace {

std::string record(const std::string& log, const std::string& day = "23") {
  return R"({"log":")" + log + R"(\n","stream":"stdout","time":"2026-11-)" + day + R"(T20:52:58.3Z"})" + "\n";
}

constexpr std::size_t kLongest = 1000;

// A cutter for json-file, and what it gave.
struct Cut {
  std::size_t take(std::string_view bytes, bool last = false) { return cutter.take(bytes, last, sink); }

  std::string given;
  RecordSink sink = [this](std::string_view block) { given += block; };
  SegmentCutter cutter{nullptr, kLongest};
};

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
  Cut cut;
  const auto used = cut.take(expected.bytes, expected.last);
  EXPECT_EQ(cut.given, expected.kept);
  EXPECT_EQ(expected.bytes.size() - used, expected.left);
  EXPECT_EQ(cut.cutter.whole(), used);
  EXPECT_EQ(cut.cutter.counts().lines, expected.lines);
  EXPECT_EQ(cut.cutter.counts().torn_lines, expected.torn);
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
        Case{"the_last_line_lacks_its_newline_alone", kA + kUnended, true, kA + kA, 0, 2, 0},
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
  Cut cut;
  EXPECT_EQ(cut.cutter.date(), "");
  EXPECT_EQ(cut.take(kA), kA.size());
  EXPECT_EQ(cut.cutter.date(), "2026-11-23");
  EXPECT_FALSE(cut.cutter.ended());
  EXPECT_EQ(cut.take(kNextDay), 0U);
  EXPECT_TRUE(cut.cutter.ended());
}

TEST(SegmentCutter, passes_over_a_line_without_end_up_to_the_next_start) {
  const std::string garbage(1000, 'x');
  Cut cut;
  EXPECT_EQ(cut.cutter.pass_over(garbage + R"({"log":"a)"), 1000U);
  EXPECT_EQ(cut.cutter.pass_over(garbage + R"({"log)"), 1000U - 2U);
  EXPECT_EQ(cut.cutter.counts().torn_lines, 2U);
}

std::string piece(const std::string& text, const std::string& stream = "stdout",
                  const std::string& second = "58") {
  return R"({"log":")" + text + R"(","stream":")" + stream + R"(","time":"2026-11-23T20:52:)" + second +
         R"(.3Z"})" + "\n";
}

TEST(SegmentCutter, joins_the_pieces_of_each_stream) {
  Cut cut;
  const auto bytes = kA + piece("one ") + piece("err ", "stderr") + piece("two ") + piece("or\\n", "stderr") +
                     piece("three\\n") + kB;
  EXPECT_EQ(cut.take(bytes), bytes.size());
  EXPECT_EQ(cut.given, kA + piece("err or\\n", "stderr") + piece("one two three\\n") + kB);
  EXPECT_EQ(cut.cutter.counts().lines, 4U);
  EXPECT_EQ(cut.cutter.counts().joined, 5U);
}

TEST(SegmentCutter, ends_a_segment_before_a_line_whose_last_piece_is_missing) {
  Cut cut;
  const auto bytes = kA + piece("one ") + piece("two ") + piece("e\\n", "stderr");
  EXPECT_EQ(cut.take(bytes), bytes.size());
  EXPECT_EQ(cut.cutter.whole(), kA.size());
  EXPECT_EQ(cut.given, kA);
  EXPECT_EQ(cut.cutter.counts().lines, 1U);
}

TEST(SegmentCutter, cuts_and_marks_a_line_that_is_to_end_here) {
  Cut cut;
  const auto bytes = kA + piece("one ") + piece("two ");
  EXPECT_EQ(cut.take(bytes), bytes.size());
  cut.cutter.cut(cut.sink);
  EXPECT_EQ(cut.cutter.whole(), bytes.size());
  EXPECT_EQ(cut.given, kA + R"({"log":"one two ","stream":"stdout","attrs":{"hakoban_partial":"true"},)" +
                           R"("time":"2026-11-23T20:52:58.3Z"})" + "\n");
}

TEST(SegmentCutter, another_time_on_the_stream_ends_a_line_that_never_got_its_end) {
  Cut cut;
  const auto bytes = piece("prompt> ") + piece("next\\n", "stdout", "59");
  EXPECT_EQ(cut.take(bytes), bytes.size());
  EXPECT_EQ(cut.given, bytes);
  EXPECT_EQ(cut.cutter.counts().lines, 2U);
  EXPECT_EQ(cut.cutter.counts().joined, 0U);
}

TEST(SegmentCutter, cuts_lines_that_are_too_long) {
  Cut cut;
  std::string bytes;
  for (int i = 0; i < 5; ++i) bytes += piece(std::string(400, static_cast<char>('a' + i)));
  bytes += piece("end\\n");
  EXPECT_EQ(cut.take(bytes), bytes.size());
  EXPECT_EQ(cut.cutter.whole(), bytes.size());
  EXPECT_EQ(cut.cutter.counts().lines, 2U);
  EXPECT_EQ(std::count(cut.given.begin(), cut.given.end(), '\n'), 2);
  EXPECT_NE(cut.given.find("hakoban_partial"), std::string::npos);
}

TEST(SegmentCutter, does_not_wait_for_ever_for_one_stream_while_the_other_writes_on) {
  Cut cut;
  auto bytes = piece("prompt> ");
  for (int i = 0; i < 100; ++i) bytes += piece("error\\n", "stderr");
  EXPECT_EQ(cut.take(bytes), bytes.size());
  EXPECT_EQ(cut.cutter.whole(), bytes.size());
  EXPECT_EQ(cut.cutter.counts().lines, 101U);
}

TEST(SegmentCutter, a_line_open_at_midnight_is_cut_there) {
  Cut cut;
  const auto bytes = piece("one ") + record("other", "24");
  const auto used = cut.take(bytes);
  EXPECT_TRUE(cut.cutter.ended());
  cut.cutter.cut(cut.sink);
  EXPECT_EQ(cut.cutter.whole(), used);
  EXPECT_EQ(used, piece("one ").size());
  EXPECT_NE(cut.given.find("hakoban_partial"), std::string::npos);
}

// Records between angle brackets, as some other format has them.
class BracketDecoder final : public RecordDecoder {
 public:
  [[nodiscard]] DecodedRecord next(std::string_view bytes, std::string& scratch) const override {
    if (bytes.front() != '<') return {DecodedRecord::Kind::torn, std::min(bytes.find('<'), bytes.size()), {}};
    const auto end = bytes.find('>');
    if (end == std::string_view::npos) return {};
    scratch = record(std::string{bytes.substr(1, end - 1)});
    scratch.pop_back();
    return {DecodedRecord::Kind::record, end + 1, scratch};
  }
};

TEST(SegmentCutter, takes_what_a_decoder_makes_of_another_format) {
  const BracketDecoder decoder;
  SegmentCutter cutter{&decoder, kLongest};
  std::string given;
  const RecordSink sink = [&](std::string_view block) { given += block; };
  EXPECT_EQ(cutter.take("<a>junk<bb><c", false, sink), 11U);
  EXPECT_EQ(given, kA + kB);
  EXPECT_EQ(cutter.counts().lines, 2U);
  EXPECT_EQ(cutter.counts().torn_lines, 1U);
  EXPECT_EQ(cutter.take("<c", true, sink), 2U);
  EXPECT_EQ(cutter.counts().torn_lines, 2U);
}

// However the bytes arrive, the same records come out: a repeated segment is the same object. And it may end
// wherever it says that all is whole.
TEST(SegmentCutter, gives_equal_records_for_equal_bytes_however_they_are_fed) {
  std::mt19937 chance{7};
  const std::string pieces[] = {kA,
                                kB,
                                kHalf,
                                "\n",
                                "junk\n",
                                kZeroed,
                                piece("x"),
                                piece("y\\n"),
                                piece("z", "stderr"),
                                piece(std::string(300, 'w'))};
  for (int round = 0; round < 300; ++round) {
    std::string bytes;
    for (int i = 0; i < 14; ++i) bytes += pieces[chance() % 10];
    bytes += "\n";
    Cut whole;
    ASSERT_EQ(whole.take(bytes, true), bytes.size());
    whole.cutter.cut(whole.sink);

    Cut fed;
    std::uint64_t split = 0;
    for (std::size_t from = 0, until = 0; from < bytes.size();) {
      until = std::min(bytes.size(), until + 1 + chance() % 90);
      from += fed.take(std::string_view{bytes}.substr(from, until - from), until == bytes.size());
      if (chance() % 4 == 0) split = fed.cutter.whole();
    }
    fed.cutter.cut(fed.sink);
    ASSERT_EQ(fed.given, whole.given) << "round " << round;
    ASSERT_EQ(fed.cutter.counts().torn_lines, whole.cutter.counts().torn_lines) << "round " << round;

    Cut first;
    Cut second;
    ASSERT_EQ(first.take(bytes.substr(0, split), true), split);
    first.cutter.cut(first.sink);
    ASSERT_EQ(second.take(bytes.substr(split), true), bytes.size() - split);
    second.cutter.cut(second.sink);
    ASSERT_EQ(first.given + second.given, whole.given) << "round " << round << " split at " << split;
  }
}

}  // namespace
}  // namespace hakoban
