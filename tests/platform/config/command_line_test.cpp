#include "platform/config/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hakoban {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

struct Fixture {
  std::string address = ":9420";
  bool logs = true;
  OptionTable table;
  Fixture() {
    table.text("web.listen_address", address, "Where to listen.");
    table.flag("logs.enabled", logs, "Ship logs.");
  }
};

TEST(CommandLine, takes_values_after_equals_or_a_space_and_switches_alone) {
  Fixture fixture;
  const std::vector<const char*> arguments{"--config", "/etc/agent.json", "--web.listen-address=:1",
                                           "--no-logs.enabled", "--dry-run"};
  const auto line = read_command_line(arguments, fixture.table);
  EXPECT_THAT(line.problems, IsEmpty());
  EXPECT_EQ(line.config_file, "/etc/agent.json");
  EXPECT_TRUE(line.dry_run);
  EXPECT_FALSE(line.check_config);
  EXPECT_THAT(line.flags, ElementsAre(Pair("web.listen-address", ":1"), Pair("logs.enabled", "false")));
}

TEST(CommandLine, tells_stray_words_and_missing_values) {
  Fixture fixture;
  const std::vector<const char*> arguments{"agent.json", "--web.listen-address"};
  EXPECT_THAT(read_command_line(arguments, fixture.table).problems,
              ElementsAre("agent.json: not a flag", "--web.listen-address: needs a value"));
}

TEST(CommandLine, help_lists_flag_key_environment_and_default) {
  Fixture fixture;
  const auto text = help_text("usage", fixture.table);
  for (const auto* part :
       {"--web.listen-address", "web.listen_address", "HAKOBAN_WEB_LISTEN_ADDRESS", ":9420"})
    EXPECT_THAT(text, HasSubstr(part));
}

TEST(CommandLine, a_configuration_file_that_is_not_there_is_an_error) {
  CommandLine line;
  line.config_file = "/nonexistent/agent.json";
  const char* environment[] = {nullptr};
  const auto sources = gather_sources(line, environment);
  ASSERT_FALSE(sources);
  EXPECT_THAT(sources.error().what, HasSubstr("/nonexistent/agent.json"));
}

}  // namespace
}  // namespace hakoban
