#include "handlers/drain/drain_journal.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/fakes/simulated_host.h"

namespace hakoban {
namespace {

SimulatedHost host_in_the_middle() {
  SimulatedHost host;
  host.add("service", {TaskKind::service, {target_of("web"), target_of("api", 8080)}});
  host.add("batch", {TaskKind::batch, {}, 20s});
  host.add("daemon", {TaskKind::daemon});
  host.add("self", {TaskKind::daemon, {}, 30s, 2s, true});
  host.broken[DrainCall::stop_task] = Errc::denied;
  host.registers_again_at = kNoon + 5s;
  host.begin(spot_notice());
  for (int tenths = 0; tenths < 250; ++tenths) host.step();
  return host;
}

TEST(DrainJournal, reads_back_all_that_is_to_be_remembered) {
  const SimulatedHost host = host_in_the_middle();
  const auto read = parse_journal(format_journal(host.state));
  ASSERT_TRUE(read) << read.error().what;
  EXPECT_EQ(read->state.notice(), host.state.notice());
  EXPECT_EQ(read->state.cluster, "prod");
  EXPECT_EQ(read->state.container_instance_arn, host.state.container_instance_arn);
  EXPECT_EQ(read->state.draining_at, host.state.draining_at);
  EXPECT_EQ(read->state.targets, host.state.targets);
  EXPECT_EQ(read->state.reached, host.state.reached);
  EXPECT_EQ(read->state.finished_at, host.state.finished_at);
  ASSERT_EQ(read->state.tasks.size(), host.state.tasks.size());
  for (const auto& [arn, progress] : host.state.tasks) {
    SCOPED_TRACE(arn);
    const TaskProgress& got = read->state.tasks.at(arn);
    EXPECT_EQ(got.task, progress.task);
    EXPECT_EQ(got.why, progress.why);
    EXPECT_EQ(got.requested_at, progress.requested_at);
    EXPECT_EQ(got.local_stop_at, progress.local_stop_at);
    EXPECT_EQ(got.ended_at, progress.ended_at);
    EXPECT_EQ(got.told_while_registered, progress.told_while_registered);
  }
  EXPECT_EQ(format_journal(read->state), format_journal(host.state));
}

TEST(DrainJournal, calls_every_torn_text_malformed) {
  const std::string whole = format_journal(host_in_the_middle().state);
  for (std::size_t length = 0; length < whole.size() - 1; ++length) {
    const auto read = parse_journal(whole.substr(0, length));
    ASSERT_FALSE(read) << length;
    ASSERT_EQ(read.error().code, Errc::malformed);
  }
}

TEST(DrainJournal, calls_a_journal_with_any_part_gone_or_of_another_type_malformed) {
  const auto whole = nlohmann::json::parse(format_journal(host_in_the_middle().state));
  for (const auto& [key, value] : whole.items()) {
    auto without = whole;
    without.erase(key);
    EXPECT_FALSE(parse_journal(without.dump())) << key;
    auto other = whole;
    other[key] = "\xc3\xa9";
    EXPECT_EQ(parse_journal(other.dump()).has_value(), value.is_string()) << key;
  }
  auto strange = whole;
  strange["causes"][0]["kind"] = "earthquake";
  EXPECT_FALSE(parse_journal(strange.dump()));
  strange = whole;
  strange["format"] = 1;
  EXPECT_FALSE(parse_journal(strange.dump()));
}

}  // namespace
}  // namespace hakoban
