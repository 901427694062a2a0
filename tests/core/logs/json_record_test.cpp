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
  const auto& line = GetParam().line;
  const auto tail = quick_look(line);
  EXPECT_EQ(tail ? date_at(line, *tail) : "", GetParam().date);
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
  EXPECT_EQ(strict_look(GetParam().line).has_value(), GetParam().start == 0);
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

TEST(QuickLook, is_silent_about_a_line_with_a_second_start) {
  EXPECT_FALSE(quick_look(R"({"log":"hal)" + record("whole\\n")));
  EXPECT_TRUE(quick_look(record(R"({\"log\":\"inner\\n\"} {{{)")));
  EXPECT_TRUE(quick_look(record("a{")));
}

struct TailCase {
  std::string name;
  std::string line;
  std::string text;
  bool partial;
  bool is_stderr;
};

class Tail : public ::testing::TestWithParam<TailCase> {};

TEST_P(Tail, is_the_same_to_the_quick_look_and_the_strict_one) {
  const auto& expected = GetParam();
  const auto strict = strict_look(expected.line);
  ASSERT_TRUE(strict);
  EXPECT_EQ(expected.line.substr(8, strict->text_end - 8), expected.text);
  EXPECT_EQ(strict->partial, expected.partial);
  EXPECT_EQ(strict->is_stderr, expected.is_stderr);
  EXPECT_EQ(time_at(expected.line, *strict), "2026-11-23T20:52:58Z");
  const auto quick = quick_look(expected.line);
  ASSERT_TRUE(quick);
  EXPECT_EQ(quick->text_end, strict->text_end);
  EXPECT_EQ(quick->time, strict->time);
  EXPECT_EQ(quick->partial, strict->partial);
  EXPECT_EQ(quick->is_stderr, strict->is_stderr);
}

std::string of(const std::string& text, const std::string& stream, const std::string& attributes = "") {
  return R"({"log":")" + text + R"(","stream":")" + stream + "\"," + attributes +
         R"("time":"2026-11-23T20:52:58Z"})";
}

const std::string kAttributes = R"("attrs":{"k":"v","stream":"x","log":"a\",\"attrs\":{\"b"},)";

INSTANTIATE_TEST_SUITE_P(
    Records, Tail,
    ::testing::Values(
        TailCase{"a_whole_line", of("a\\n", "stdout"), "a\\n", false, false},
        TailCase{"a_piece", of("a", "stderr"), "a", true, true},
        TailCase{"an_empty_line", of("\\n", "stdout"), "\\n", false, false},
        TailCase{"an_empty_piece", of("", "stdout"), "", true, false},
        TailCase{"a_piece_that_ends_in_n", of("n", "stdout"), "n", true, false},
        TailCase{"a_backslash_and_an_n", of("a\\\\n", "stdout"), "a\\\\n", true, false},
        TailCase{"a_backslash_and_a_newline", of("a\\\\\\n", "stdout"), "a\\\\\\n", false, false},
        TailCase{"attributes", of("a\\n", "stderr", kAttributes), "a\\n", false, true},
        TailCase{"a_piece_with_attributes", of("a{", "stdout", kAttributes), "a{", true, false}),
    [](const auto& each) { return each.param.name; });

TEST(MarkedAsCut, says_so_among_the_attributes) {
  const auto plain = of("a", "stdout");
  EXPECT_EQ(marked_as_cut(plain.substr(9)),
            R"(","stream":"stdout","attrs":{"hakoban_partial":"true"},"time":"2026-11-23T20:52:58Z"})");
  const auto with = of("a", "stdout", R"("attrs":{"k":"v"},)");
  EXPECT_EQ(
      marked_as_cut(with.substr(9)),
      R"(","stream":"stdout","attrs":{"hakoban_partial":"true","k":"v"},"time":"2026-11-23T20:52:58Z"})");
}

}  // namespace
}  // namespace hakoban
