#include "core/logs/json_record.h"

#include <string>

#include <gtest/gtest.h>

namespace hakoban {
namespace {

const std::string kTail = R"(","stream":"stdout","time":"2026-11-23T20:52:58.305356637Z"})";

std::string record(const std::string& log) {
  return R"({"log":")" + log + kTail;
}

struct DateCase {
  std::string name;
  std::string line;
  std::string date;  // "" for none
};

class DateOfRecord : public ::testing::TestWithParam<DateCase> {};

TEST_P(DateOfRecord, is_at_the_end_of_the_line) {
  EXPECT_EQ(date_of_record(GetParam().line).value_or(""), GetParam().date);
  EXPECT_EQ(date_if_whole(GetParam().line).value_or(""), GetParam().date);
}

std::string timed(const std::string& time) {
  return R"({"log":"x\n","stream":"stderr","time":")" + time + R"("})";
}

INSTANTIATE_TEST_SUITE_P(
    Lines, DateOfRecord,
    ::testing::Values(
        DateCase{"nine_digits", timed("2026-11-23T20:52:58.305356637Z"), "2026-11-23"},
        DateCase{"six_digits", timed("2026-11-23T20:52:58.305356Z"), "2026-11-23"},
        DateCase{"one_digit", timed("2026-11-23T20:52:58.3Z"), "2026-11-23"},
        DateCase{"no_digit", timed("2026-11-23T20:52:58Z"), "2026-11-23"},
        DateCase{"ten_digits", timed("2026-11-23T20:52:58.3053566371Z"), ""},
        DateCase{"an_offset", timed("2026-11-23T20:52:58+01:00"), ""},
        DateCase{"half_a_time", R"({"log":"x\n","stream":"stdout","time":"2026-11-23T20:52)", ""},
        DateCase{"a_time_in_the_text_alone", R"({"log":"\"time\":\"2026-11-23T20:52:58Z\"})", ""},
        DateCase{"nothing", "", ""}),
    [](const auto& each) { return each.param.name; });

struct FindCase {
  std::string name;
  std::string line;
  int start;  // -1 for none
};

class FindRecord : public ::testing::TestWithParam<FindCase> {};

TEST_P(FindRecord, finds_the_whole_record_of_a_damaged_line) {
  const auto found = find_record(GetParam().line);
  EXPECT_EQ(found ? static_cast<int>(*found) : -1, GetParam().start);
  EXPECT_EQ(is_record(GetParam().line), GetParam().start == 0);
}

INSTANTIATE_TEST_SUITE_P(
    Lines, FindRecord,
    ::testing::Values(
        FindCase{"a_whole_one", record("hello\\n"), 0},
        FindCase{
            "with_attributes",
            R"({"log":"a\n","stream":"stdout","attrs":{"k":"v","log":"w"},"time":"2026-11-23T20:52:58Z"})",
            0},
        FindCase{"with_an_attribute_called_log",
                 R"({"log":"a\n","stream":"stdout","attrs":{"log":"w"},"time":"2026-11-23T20:52:58Z"})", 0},
        FindCase{"without_text", R"({"stream":"stdout","time":"2026-11-23T20:52:58Z"})", 0},
        FindCase{"text_that_looks_like_a_record", record(R"({\"log\":\"inner\\n\"})"), 0},
        FindCase{"half_a_line_glued_to_the_next", R"({"log":"hal)" + record("whole\\n"), 11},
        FindCase{"torn_in_the_time", R"({"log":"a\n","stream":"stdout","time":"2026-)" + record("b"), 44},
        FindCase{"torn_after_a_backslash", R"({"log":"a\)" + record("b"), 10},
        FindCase{"torn_twice", R"({"log":"a{"log":"b)" + record("c"), 18},
        FindCase{"half_a_line_alone", R"({"log":"never ended)", -1},
        FindCase{"zeros_in_it", std::string{R"({"log":"a)"} + std::string(8, '\0') + kTail, -1},
        FindCase{"a_comma_too_many", R"({,"time":"2026-11-23T20:52:58Z"})", -1},
        FindCase{"an_impossible_time", R"({"log":"a\n","stream":"stdout","time":"2026-13-23T20:52:58Z"})",
                 -1},
        FindCase{"other_json", R"({"msg":"hello"})", -1}, FindCase{"nothing", "", -1}),
    [](const auto& each) { return each.param.name; });

TEST(DateIfWhole, is_silent_about_a_line_with_a_second_start) {
  EXPECT_FALSE(date_if_whole(R"({"log":"hal)" + record("whole\\n")));
  EXPECT_TRUE(date_if_whole(record(R"({\"log\":\"inner\\n\"} {{{)")));
}

std::string piece(const std::string& text, const std::string& stream) {
  return R"({"log":")" + text + R"(","stream":")" + stream + R"(","time":"2026-11-23T20:52:58Z"})" + "\n";
}

TEST(WholeMessages, end_before_the_pieces_of_a_message_that_goes_on) {
  const auto whole = piece("a\\n", "stdout");
  const auto open = piece("bbb", "stdout");
  EXPECT_EQ(whole_messages(whole + whole), 2 * whole.size());
  EXPECT_EQ(whole_messages(whole + open), whole.size());
  EXPECT_EQ(whole_messages(whole + open + open), whole.size());
}

TEST(WholeMessages, end_before_an_open_piece_even_if_the_other_stream_goes_on) {
  const auto whole = piece("a\\n", "stdout");
  const auto open = piece("bbb", "stdout");
  const auto other = piece("e\\n", "stderr");
  EXPECT_EQ(whole_messages(whole + open + other + other), whole.size());
  EXPECT_EQ(whole_messages(open + whole + other), open.size() + whole.size() + other.size());
}

TEST(WholeMessages, are_all_lines_when_nothing_else_is_there) {
  const auto open = piece("bbb", "stdout");
  EXPECT_EQ(whole_messages(open + open), 2 * open.size());
  EXPECT_EQ(whole_messages(""), 0U);
}

TEST(IsPartial, tells_a_newline_from_a_backslash_and_an_n) {
  EXPECT_FALSE(is_partial(record("a\\n")));
  EXPECT_TRUE(is_partial(record("a")));
  EXPECT_TRUE(is_partial(record("a\\\\n")));
}

}  // namespace
}  // namespace hakoban
