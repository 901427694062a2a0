#include "platform/config/option_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hakoban {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct Settings {
  Duration max_age = 60s;
  std::uint64_t max_bytes = 8 << 20;
  std::string destination = "file:///logs";
  bool enabled = true;
  std::int64_t uploads = 4;
  double share = 0.5;
  std::string codec = "gzip";
  std::vector<std::string> names;
};

OptionTable table_of(Settings& settings) {
  OptionTable table;
  table.duration("logs.max_age", settings.max_age, 1s, 1h, "Oldest record in an object.");
  table.bytes("logs.max_bytes", settings.max_bytes, 1 << 10, 1 << 30, "Largest object.");
  table.text("logs.destination", settings.destination, "Where objects go.");
  table.flag("logs.enabled", settings.enabled, "Whether logs are shipped.");
  table.number("logs.uploads", settings.uploads, 1, 64, "Uploads side by side.");
  table.real("logs.share", settings.share, 0, 1, "A share.");
  table.choice("logs.codec", settings.codec, {"gzip", "zstd"}, "How objects are compressed.");
  table.list("logs.names", settings.names, "Names.");
  return table;
}

ConfigSources file(std::string text) {
  return {std::move(text), "agent.json", {}, {}};
}

TEST(OptionTable, reads_every_kind_of_value_from_a_file_with_comments) {
  Settings settings;
  const auto problems = table_of(settings).load(file(R"({
    // how long a record may wait
    "logs": {"max_age": "1m30s", "max_bytes": "1MiB", "enabled": false, "uploads": 8, "share": 0.25,
             "codec": "zstd", "names": ["a", "b"] /* two */}})"));
  EXPECT_THAT(problems, IsEmpty());
  EXPECT_EQ(settings.max_age, 90s);
  EXPECT_EQ(settings.max_bytes, 1U << 20);
  EXPECT_FALSE(settings.enabled);
  EXPECT_EQ(settings.uploads, 8);
  EXPECT_EQ(settings.share, 0.25);
  EXPECT_EQ(settings.codec, "zstd");
  EXPECT_THAT(settings.names, ElementsAre("a", "b"));
  EXPECT_EQ(settings.destination, "file:///logs");
}

TEST(OptionTable, a_list_flag_may_be_given_several_times_and_replaces_what_the_file_says) {
  Settings settings;
  auto sources = file(R"({"logs": {"names": ["x"]}})");
  sources.flags = {{"logs.names", "a"}, {"logs.uploads", "2"}, {"logs.names", "b,c"}};
  EXPECT_THAT(table_of(settings).load(sources), IsEmpty());
  EXPECT_THAT(settings.names, ElementsAre("a", "b", "c"));
}

TEST(OptionTable, a_list_checks_each_of_its_items) {
  std::vector<std::string> names;
  OptionTable table;
  table.list("names", names, "Names.", [](std::string_view item) -> Result<void> {
    if (item == "bad") return Error{Errc::invalid, "'bad' is bad"};
    return {};
  });
  EXPECT_THAT(table.load(file(R"({"names": ["good", "bad"]})")),
              ElementsAre(HasSubstr("agent.json: names: 'bad' is bad")));
}

TEST(OptionTable, flag_beats_environment_beats_file) {
  Settings settings;
  auto sources = file(R"({"logs": {"max_age": "10s", "uploads": 2, "codec": "zstd"}})");
  sources.environment = {{"HAKOBAN_LOGS_MAX_AGE", "20s"}, {"HAKOBAN_LOGS_UPLOADS", "3"}, {"PATH", "/bin"}};
  sources.flags = {{"logs.max-age", "30s"}};
  EXPECT_THAT(table_of(settings).load(sources), IsEmpty());
  EXPECT_EQ(settings.max_age, 30s);
  EXPECT_EQ(settings.uploads, 3);
  EXPECT_EQ(settings.codec, "zstd");
}

TEST(OptionTable, tells_all_problems_at_once_by_their_place) {
  Settings settings;
  auto sources =
      file(R"({"logs": {"bukket": "x", "max_age": "60", "uploads": 0, "codec": "lz4", "share": null,
                                   "enabled": "yes", "max_bytes": {"a": 1}, "names": [["x"]]}})");
  sources.environment = {{"HAKOBAN_LOGS_MAX_BYTE", "1MiB"}};
  sources.flags = {{"logs.destinatoin", "x"}};
  EXPECT_THAT(
      table_of(settings).load(sources),
      ::testing::UnorderedElementsAre(
          HasSubstr("agent.json: logs.bukket: unknown key"),
          HasSubstr("agent.json: logs.max_age: '60' is not"),
          HasSubstr("agent.json: logs.uploads: 0 is not within 1 to 64"),
          HasSubstr("agent.json: logs.codec: 'lz4' is not one of gzip, zstd"),
          HasSubstr("agent.json: logs.share: null"), HasSubstr("agent.json: logs.enabled: 'yes' is not true"),
          HasSubstr("agent.json: logs.max_bytes.a: unknown key"), HasSubstr("agent.json: logs.names: a list"),
          HasSubstr("HAKOBAN_LOGS_MAX_BYTE: unknown name (did you mean HAKOBAN_LOGS_MAX_BYTES?)"),
          HasSubstr("--logs.destinatoin: unknown flag (did you mean --logs.destination?)")));
}

TEST(OptionTable, a_broken_file_names_line_and_column) {
  Settings settings;
  EXPECT_THAT(table_of(settings).load(file("{\n  \"logs\": {,}\n}")),
              ElementsAre(HasSubstr("agent.json: line 2, column 12")));
  EXPECT_THAT(table_of(settings).load(file("[1]")),
              ElementsAre("agent.json: the file must hold one JSON object"));
}

TEST(OptionTable, a_key_given_twice_is_told) {
  Settings settings;
  EXPECT_THAT(table_of(settings).load(file(R"({"logs": {"uploads": 2, "uploads": 3}})")),
              ElementsAre("agent.json: logs.uploads: given twice"));
}

TEST(OptionTable, documents_every_setting_with_its_names_and_default) {
  Settings settings;
  const auto table = table_of(settings);
  const auto& first = table.docs().front();
  EXPECT_EQ(first.flag, "--logs.max-age");
  EXPECT_EQ(first.environment, "HAKOBAN_LOGS_MAX_AGE");
  EXPECT_EQ(first.initial, "1m");
  EXPECT_EQ(table.docs()[1].initial, "8MiB");
  EXPECT_TRUE(table.is_switch("logs.enabled"));
  EXPECT_FALSE(table.is_switch("logs.max-age"));
}

TEST(Bytes, reads_binary_and_decimal_units_and_refuses_the_rest) {
  EXPECT_EQ(*parse_bytes("8MiB"), 8U << 20);
  EXPECT_EQ(*parse_bytes("10MB"), 10'000'000U);
  EXPECT_EQ(*parse_bytes("4096"), 4096U);
  for (const auto* text : {"", "8 MiB", "MiB", "-1", "8mib", "99999999999999GiB"})
    EXPECT_FALSE(parse_bytes(text)) << text;
}

}  // namespace
}  // namespace hakoban
