#include "core/logs/forward_message.h"

#include <gtest/gtest.h>

#include "tests/fakes/forward_bytes.h"

namespace hakoban {
namespace {

using namespace forward;

std::string docker_message(std::string_view line, std::string_view option = {}) {
  return docker_line({.tag = "docker.0123", .container_id = "0123", .log = line}, option);
}

TEST(ForwardMessage, reads_what_docker_sends) {
  const auto bytes = docker_message("hello");
  const auto two = bytes + bytes;
  const auto look = first_forward_message(two);
  ASSERT_EQ(look.kind, ForwardLook::Kind::whole) << look.problem;
  EXPECT_EQ(look.size, bytes.size());
  EXPECT_EQ(look.message.tag, "docker.0123");
  EXPECT_EQ(look.message.chunk, "");
  ASSERT_EQ(look.message.events.size(), 1U);
  EXPECT_EQ(look.message.events[0].field("container_id"), "0123");
  const auto record = record_of(look.message.events[0]);
  EXPECT_EQ(record.text, "hello");
  EXPECT_EQ(record.stream, "stdout");
  EXPECT_TRUE(record.ends_line);
  EXPECT_TRUE(record.attributes.empty());
}

TEST(ForwardMessage, every_cut_is_incomplete) {
  const auto bytes = docker_message(std::string(70'000, 'x'), map({{"chunk", "abc"}}));
  for (std::size_t size = 0; size < bytes.size(); size += size < 200 || size + 50 > bytes.size() ? 1 : 997)
    EXPECT_EQ(first_forward_message(std::string_view{bytes}.substr(0, size)).kind,
              ForwardLook::Kind::incomplete);
  const auto whole = first_forward_message(bytes);
  EXPECT_EQ(whole.message.chunk, "abc");
}

TEST(ForwardMessage, times_are_seconds_or_nanoseconds) {
  const auto whole = [](const std::string& time) {
    return first_forward_message(array({text("t"), time, map({{"log", "x"}})})).message.events.at(0).time;
  };
  EXPECT_EQ(format_record_time(whole(unsigned32(1'700'000'000))), "2023-11-14T22:13:20Z");
  EXPECT_EQ(format_record_time(whole(event_time(1'700'000'000, 5))), "2023-11-14T22:13:20.000000005Z");
  EXPECT_EQ(format_record_time(whole("\xff")), "1970-01-01T00:00:00Z");
}

TEST(ForwardMessage, forward_and_packed_mode_carry_several_events) {
  const auto one = array({unsigned32(1), map({{"log", "one"}})});
  const auto two = array({unsigned32(2), map({{"log", "two"}})});
  for (const auto& entries : {array({one, two}), binary(one + two), text(one + two)}) {
    const auto bytes = array({text("t"), entries, map({{"chunk", "c"}, {"size", "2"}})});
    const auto look = first_forward_message(bytes);  // views into the bytes
    ASSERT_EQ(look.kind, ForwardLook::Kind::whole) << look.problem;
    ASSERT_EQ(look.message.events.size(), 2U);
    EXPECT_EQ(look.message.events[1].field("log"), "two");
    EXPECT_EQ(look.message.chunk, "c");
  }
}

TEST(ForwardMessage, only_the_last_piece_ends_the_line_and_labels_become_attributes) {
  const auto piece = [](std::string_view last) {
    const auto bytes = array({text("t"), unsigned32(1),
                              map({{"container_id", "c"},
                                   {"log", "x"},
                                   {"source", "stderr"},
                                   {"partial_message", "true"},
                                   {"partial_id", "p"},
                                   {"partial_ordinal", "1"},
                                   {"partial_last", last},
                                   {"com.example.team", "cake"}})});
    const auto look = first_forward_message(bytes);
    const auto record = record_of(look.message.events.at(0));
    EXPECT_EQ(record.stream, "stderr");
    EXPECT_EQ(record.attributes.size(), 1U);
    return record.ends_line;
  };
  EXPECT_FALSE(piece("false"));
  EXPECT_TRUE(piece("true"));
}

TEST(ForwardMessage, what_it_does_not_serve_it_names) {
  const auto problem = [](const std::string& bytes) {
    const auto look = first_forward_message(bytes);
    EXPECT_EQ(look.kind, ForwardLook::Kind::malformed);
    return look.problem;
  };
  EXPECT_NE(problem("GET / HTTP/1.1\r\n"), "");
  EXPECT_NE(problem("\xc1"), "");
  EXPECT_NE(problem(array({text("t")})), "");
  EXPECT_NE(problem(array({text("t"), unsigned32(1), text("x")})), "");
  EXPECT_NE(problem(array({text("t"), binary("\x93\x01")})), "");
  EXPECT_NE(problem(array({text("t"), binary("\x92\x01")})), "");
  EXPECT_NE(problem(array({text("t"), binary("x"), map({{"compressed", "gzip"}})})).find("compress"),
            std::string::npos);
  EXPECT_NE(problem(array({text("t"), unsigned32(1), map({{"a", "b"}}), std::string(40, '\x91')})), "");
}

TEST(ForwardMessage, the_reply_names_the_chunk) {
  EXPECT_EQ(forward_ack("abc"),
            "\x81\xa3"
            "ack\xa3"
            "abc");
  EXPECT_EQ(forward_ack(std::string(40, 'x')),
            "\x81\xa3"
            "ack\xd9\x28" +
                std::string(40, 'x'));
  EXPECT_EQ(forward_ack(std::string(300, 'x')).substr(0, 8), std::string_view("\x81\xa3"
                                                                              "ack\xda\x01\x2c",
                                                                              8));
}

}  // namespace
}  // namespace hakoban
