#include "core/logs/log_record.h"

#include <gtest/gtest.h>

#include "core/logs/json_record.h"

namespace hakoban {
namespace {

TimePoint at(std::string_view text) {
  return *parse_rfc3339(text);
}

std::string written(const LogRecord& record) {
  std::string line;
  append_record(line, record);
  return line;
}

TEST(LogRecord, looks_as_docker_writes_it) {
  EXPECT_EQ(written({"hello", true, "stdout", {}, at("2026-11-23T20:52:58.30535Z")}),
            R"({"log":"hello\n","stream":"stdout","time":"2026-11-23T20:52:58.30535Z"})"
            "\n");
  EXPECT_EQ(
      written({"half", false, "stderr", {{"unit", "a\"b"}, {"pid", "1"}}, at("2026-11-23T20:52:58Z")}),
      R"({"log":"half","stream":"stderr","attrs":{"unit":"a\"b","pid":"1"},"time":"2026-11-23T20:52:58Z"})"
      "\n");
}

TEST(LogRecord, is_a_record_to_the_scanner_whatever_its_text) {
  for (const std::string_view text : {R"({"log":"x","stream":"stdout","time":"2026-01-01T00:00:00Z"})", "\"",
                                      "\\", "", "\xff\xfe", "a\nb\r\t\x01", "終わり 🎴"}) {
    auto line = written({text, true, "stdout", {}, at("2026-11-23T00:00:00.000000001Z")});
    line.pop_back();
    const auto tail = strict_look(line);
    ASSERT_TRUE(tail) << line;
    EXPECT_EQ(date_at(line, *tail), "2026-11-23") << line;
    EXPECT_FALSE(tail->partial) << line;
  }
  auto piece = written({"piece", false, "stdout", {}, at("2026-11-23T00:00:00Z")});
  piece.pop_back();
  const auto tail = strict_look(piece);
  ASSERT_TRUE(tail);
  EXPECT_TRUE(tail->partial);
}

TEST(LogRecord, of_a_host_s_streams_is_a_record_too) {
  auto line = written({"x", true, "journal", {{"pid", "1"}}, at("2026-11-23T00:00:00Z")});
  line.pop_back();
  EXPECT_TRUE(strict_look(line));
}

TEST(LogRecord, escapes_what_json_has_no_room_for) {
  std::string out;
  append_json_text(out, std::string_view{"a\0b\x7f<&>\"\\\n\r\t\x1f", 13});
  EXPECT_EQ(out, "a\\u0000b\x7f\\u003c\\u0026\\u003e\\\"\\\\\\n\\r\\u0009\\u001f");
}

TEST(LogRecord, replaces_what_is_not_utf8_byte_by_byte) {
  struct Case {
    std::string_view text;
    std::string_view expected;
  };
  const Case cases[] = {
      {"\xc3\xa9", "\xc3\xa9"},
      {"\xed\x9f\xbf\xee\x80\x80", "\xed\x9f\xbf\xee\x80\x80"},
      {"\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf"},
      {"\xc0\x80", "\\ufffd\\ufffd"},                        // overlong
      {"\xed\xa0\x80", "\\ufffd\\ufffd\\ufffd"},             // a surrogate
      {"\xf4\x90\x80\x80", "\\ufffd\\ufffd\\ufffd\\ufffd"},  // beyond U+10FFFF
      {"\xe2\x82", "\\ufffd\\ufffd"},                        // cut
      {"a\x80z", "a\\ufffdz"},
  };
  for (const auto& each : cases) {
    std::string out;
    append_json_text(out, each.text);
    EXPECT_EQ(out, each.expected);
  }
}

TEST(LogRecord, times_lose_trailing_zeros_and_stay_in_range) {
  EXPECT_EQ(format_record_time(at("2026-11-23T20:52:58.100Z")), "2026-11-23T20:52:58.1Z");
  EXPECT_EQ(format_record_time(at("2026-11-23T20:52:58Z")), "2026-11-23T20:52:58Z");
  EXPECT_EQ(format_record_time(at("2026-11-23T23:59:59.999999999Z")), "2026-11-23T23:59:59.999999999Z");
  EXPECT_EQ(format_record_time(TimePoint{Duration::min()}), "1970-01-01T00:00:00Z");
  EXPECT_EQ(format_record_time(TimePoint{Duration::max()}), "2200-12-31T00:00:00Z");
}

}  // namespace
}  // namespace hakoban
