#include "core/logs/journal_entry.h"

#include <gtest/gtest.h>

namespace hakoban {
namespace {

const std::string kId(64, 'a');

TEST(JournalEntry, a_container_s_output_is_told_by_its_full_id) {
  JournalEntry entry{
      1'700'000'000'123'456,
      {{"MESSAGE", "hello"}, {"PRIORITY", "3"}, {"CONTAINER_ID_FULL", kId}, {"_TRANSPORT", "journal"}}};
  EXPECT_EQ(container_of(entry), kId);
  const auto record = container_record(entry);
  EXPECT_EQ(record.text, "hello");
  EXPECT_EQ(record.stream, "stderr");
  EXPECT_TRUE(record.ends_line);
  EXPECT_EQ(format_record_time(record.time), "2023-11-14T22:13:20.123456Z");
  entry.fields.emplace_back("SYSLOG_TIMESTAMP", "2023-11-14T22:13:20.000000001Z");
  EXPECT_EQ(format_record_time(container_record(entry).time), "2023-11-14T22:13:20.000000001Z");
  entry.fields[2].second = "../../etc";
  EXPECT_EQ(container_of(entry), "");
}

TEST(JournalEntry, pieces_of_a_long_line_do_not_end_it) {
  JournalEntry entry{
      1, {{"MESSAGE", "x"}, {"CONTAINER_PARTIAL_MESSAGE", "true"}, {"CONTAINER_PARTIAL_LAST", "false"}}};
  EXPECT_FALSE(container_record(entry).ends_line);
  entry.fields[2].second = "true";
  EXPECT_TRUE(container_record(entry).ends_line);
}

TEST(JournalEntry, units_go_by_their_name_and_the_kernel_by_its_transport) {
  EXPECT_EQ(unit_of({1, {{"_TRANSPORT", "kernel"}}}), "kernel");
  EXPECT_EQ(unit_of({1, {{"_SYSTEMD_UNIT", "docker.service"}}}), "docker");
  EXPECT_EQ(unit_of({1, {{"_SYSTEMD_UNIT", "docker.socket"}}}), "docker.socket");
  EXPECT_EQ(unit_of({1, {{"_SYSTEMD_UNIT", "init.scope"}, {"_PID", "1"}, {"UNIT", "ecs.service"}}}), "ecs");
  EXPECT_EQ(unit_of({1, {{"_SYSTEMD_UNIT", "evil.service"}, {"_PID", "77"}, {"UNIT", "ecs.service"}}}),
            "evil");
  EXPECT_EQ(unit_of({1, {}}), "");
}

TEST(JournalEntry, a_unit_s_record_says_who_spoke) {
  const JournalEntry entry{1'700'000'000'000'000,
                           {{"MESSAGE", "Out of memory: Killed process 77\n"},
                            {"PRIORITY", "3"},
                            {"_PID", "9"},
                            {"SYSLOG_IDENTIFIER", "kernel"}}};
  std::string line;
  append_record(line, unit_record(entry));
  EXPECT_EQ(
      line,
      R"({"log":"Out of memory: Killed process 77\n","stream":"journal","attrs":{"identifier":"kernel",)"
      R"("pid":"9","priority":"3"},"time":"2023-11-14T22:13:20Z"})"
      "\n");
}

}  // namespace
}  // namespace hakoban
