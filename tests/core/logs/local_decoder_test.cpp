#include "core/logs/local_decoder.h"

#include <gtest/gtest.h>

#include "tests/fakes/local_log_bytes.h"

namespace hakoban {
namespace {

using Kind = DecodedRecord::Kind;

TEST(LocalDecoder, gives_records_as_json_file_lines) {
  const LocalDecoder decoder;
  std::string scratch;
  const auto bytes = local_frame({.source = "stderr", .line = "hello"}) + local_frame({.line = "x"});
  const auto got = decoder.next(bytes, scratch);
  ASSERT_EQ(got.kind, Kind::record);
  EXPECT_EQ(got.line, R"({"log":"hello\n","stream":"stderr","time":"2023-11-14T22:13:20Z"})");
  EXPECT_EQ(got.used, local_frame({.source = "stderr", .line = "hello"}).size());
}

TEST(LocalDecoder, a_piece_of_a_line_lacks_its_newline) {
  const LocalDecoder decoder;
  std::string scratch;
  const auto bytes = local_frame({.line = "piece", .partial = true});
  EXPECT_EQ(decoder.next(bytes, scratch).line,
            R"({"log":"piece","stream":"stdout","time":"2023-11-14T22:13:20Z"})");
}

TEST(LocalDecoder, what_is_cut_is_unfinished_and_what_is_torn_is_passed_over) {
  const LocalDecoder decoder;
  std::string scratch;
  const auto whole = local_frame({.line = "whole"});
  for (std::size_t size = 1; size < whole.size(); ++size)
    EXPECT_EQ(decoder.next(std::string_view{whole}.substr(0, size), scratch).kind, Kind::unfinished) << size;
  const auto torn = local_frame({.line = "torn by a crash"}).substr(0, 15);
  const auto glued = torn + whole;
  const auto got = decoder.next(glued, scratch);
  EXPECT_EQ(got.kind, Kind::torn);
  EXPECT_EQ(got.used, torn.size());
  EXPECT_EQ(decoder.next(std::string{"\0\0\0\2no\0\0\0\2", 10}, scratch).kind, Kind::torn);
}

}  // namespace
}  // namespace hakoban
