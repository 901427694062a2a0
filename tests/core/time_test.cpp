#include "core/time.h"

#include <gtest/gtest.h>

namespace hakoban {
namespace {

TimePoint at(std::int64_t seconds, std::int64_t nanoseconds = 0) {
  return TimePoint{std::chrono::seconds{seconds} + Duration{nanoseconds}};
}

TEST(Rfc3339, reads_what_ec2_docker_and_ecs_write) {
  struct Case {
    const char* text;
    TimePoint wanted;
  };
  for (const auto& [text, wanted] : {
           Case{"2017-09-18T08:22:00Z", at(1505722920)},
           Case{"2026-11-23T20:52:58.305356637Z", at(1795467178, 305356637)},
           Case{"2026-11-23T20:52:58.3Z", at(1795467178, 300000000)},
           Case{"2026-11-23T20:52:58.3053566371234Z", at(1795467178, 305356637)},
           Case{"2026-11-24T05:52:58+09:00", at(1795467178)},
           Case{"2026-11-23T15:22:58-05:30", at(1795467178)},
           Case{"1970-01-01T00:00:00Z", at(0)},
           Case{"2024-02-29T00:00:00Z", at(1709164800)},
       }) {
    const auto parsed = parse_rfc3339(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(*parsed, wanted) << text;
  }
}

TEST(Rfc3339, refuses_what_is_no_time) {
  for (const auto* text :
       {"", "now", "2017-09-18", "2017-09-18T08:22:00", "2017-13-18T08:22:00Z", "2023-02-29T00:00:00Z",
        "2017-09-18T24:22:00Z", "2017-09-18T08:60:00Z", "2017-09-18T08:22:00.Z", "2017-09-18T08:22:00Zjunk",
        "0001-01-01T00:00:00Z", "<html>", "2017-09-18T08:22:00+0900"}) {
    const auto parsed = parse_rfc3339(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, Errc::malformed);
  }
}

TEST(Rfc3339, writes_utc_milliseconds_and_the_utc_day) {
  EXPECT_EQ(format_rfc3339(at(1795467178, 305356637)), "2026-11-23T20:52:58.305Z");
  EXPECT_EQ(format_date(at(1795467178)), "2026-11-23");
  EXPECT_EQ(format_date(at(1795478399, 999999999)), "2026-11-23");
  EXPECT_EQ(format_date(at(1795478400)), "2026-11-24");
}

TEST(DurationText, reads_back_what_it_writes) {
  for (const auto* text : {"0s", "250ms", "90s", "1m30s", "2h", "1d", "1d2h3m4s5ms6us7ns"}) {
    const auto parsed = parse_duration(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(*parse_duration(format_duration(*parsed)), *parsed) << text;
  }
  EXPECT_EQ(format_duration(90s), "1m30s");
}

TEST(DurationText, needs_a_number_and_a_unit) {
  for (const auto* text :
       {"", "60", "s", "1 s", "-1s", "1x", "1s2", "9999999999999d", "300000000000h300000000000h"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
}

}  // namespace
}  // namespace hakoban
