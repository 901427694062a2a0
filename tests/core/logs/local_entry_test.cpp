#include "core/logs/local_entry.h"

#include <gtest/gtest.h>

#include "tests/fakes/local_log_bytes.h"

namespace hakoban {
namespace {

TEST(LocalEntry, reads_what_docker_writes) {
  const auto bytes =
      local_frame({.source = "stderr", .time_nano = 1'700'000'000'123'456'789, .line = "hello"});
  const auto followed = bytes + "next";
  const auto frame = first_local_frame(followed);
  ASSERT_EQ(frame.kind, LocalFrame::Kind::whole);
  EXPECT_EQ(frame.size, bytes.size());
  const auto record = read_local_entry(frame.message);
  ASSERT_TRUE(record);
  EXPECT_EQ(record->text, "hello");
  EXPECT_EQ(record->stream, "stderr");
  EXPECT_TRUE(record->ends_line);
  EXPECT_EQ(format_record_time(record->time), "2023-11-14T22:13:20.123456789Z");
}

TEST(LocalEntry, only_the_last_piece_ends_the_line) {
  const auto piece = local_entry({.line = "a", .partial = true, .last = false});
  const auto last = local_entry({.line = "b", .partial = true, .last = true});
  EXPECT_FALSE(read_local_entry(piece)->ends_line);
  EXPECT_TRUE(read_local_entry(last)->ends_line);
}

TEST(LocalEntry, an_empty_line_is_a_record) {
  const auto record = read_local_entry(local_entry({.line = ""}));
  ASSERT_TRUE(record);
  EXPECT_EQ(record->text, "");
}

TEST(LocalEntry, unknown_fields_are_passed_over) {
  auto message = local_entry({.line = "x"});
  message += std::string{"\x3a\x02hi\x40\x05\x4d\1\2\3\4\x51\1\2\3\4\5\6\7\x08", 20};  // fields 7, 8, 9, 10
  const auto record = read_local_entry(message);
  ASSERT_TRUE(record) << record.error().what;
  EXPECT_EQ(record->text, "x");
}

TEST(LocalEntry, every_cut_is_incomplete_and_never_damage) {
  const auto bytes = local_frame({.line = std::string(300, 'x')});
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_EQ(first_local_frame(bytes.substr(0, size)).kind, LocalFrame::Kind::incomplete) << size;
  }
}

TEST(LocalEntry, damage_is_seen_and_the_next_whole_frame_is_found) {
  auto bytes = local_frame({.line = "torn"}).substr(0, 11);
  const auto at = bytes.size();
  bytes += local_frame({.line = "whole"});
  ASSERT_EQ(first_local_frame(bytes).kind, LocalFrame::Kind::damaged);
  EXPECT_EQ(next_local_frame(bytes), at);
  EXPECT_EQ(next_local_frame("nothing here"), 12U);
  EXPECT_EQ(first_local_frame(std::string(8, '\0')).kind, LocalFrame::Kind::damaged);
  EXPECT_EQ(first_local_frame("\xff\xff\xff\xff").kind, LocalFrame::Kind::damaged);
}

TEST(LocalEntry, what_is_no_entry_is_an_error) {
  EXPECT_FALSE(read_local_entry("\x0a\x7f"));   // a text longer than the message
  EXPECT_FALSE(read_local_entry("\x1a\x01x"));  // without its source
  EXPECT_FALSE(read_local_entry(std::string_view{"\x00\x00", 2}));
  EXPECT_FALSE(read_local_entry("\x0b"));  // a group
  EXPECT_FALSE(read_local_entry(std::string(11, '\xff')));
}

}  // namespace
}  // namespace hakoban
