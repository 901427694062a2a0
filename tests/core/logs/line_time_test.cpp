#include "core/logs/line_time.h"

#include <gtest/gtest.h>

namespace hakoban {
namespace {

TEST(LineTime, is_found_where_agents_write_it) {
  const auto time = *parse_rfc3339("2026-11-23T20:52:58Z");
  EXPECT_EQ(time_in_line("level=info time=2026-11-23T20:52:58Z msg=\"Started\" module=agent.go"), time);
  EXPECT_EQ(time_in_line(R"({"level":"info","time":"2026-11-23T20:52:58.000Z","msg":"Started"})"), time);
  EXPECT_EQ(time_in_line("2026-11-23T21:52:58+01:00 [INFO] started"), time);
  EXPECT_EQ(time_in_line("2026-11-23T20:52:58 no zone, then 2026-11-23T20:52:58Z"), time);
  EXPECT_EQ(time_in_line("2026-11-23 20:52:58 [INFO]"), std::nullopt);
  EXPECT_EQ(time_in_line("2026-13-45T99:99:99Z"), std::nullopt);
  EXPECT_EQ(time_in_line(""), std::nullopt);
  EXPECT_EQ(time_in_line(std::string(300, 'x') + "2026-11-23T20:52:58Z"), std::nullopt);
}

}  // namespace
}  // namespace hakoban
