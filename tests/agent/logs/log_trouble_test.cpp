// What goes wrong around the log pipeline: the state folder, the store, a past that cannot be read.
#include <fstream>

#include <gmock/gmock.h>

#include "tests/fakes/log_host.h"

namespace hakoban {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

void write_lines(DockerLogWriter& writer, FakeClock& clock, int from, int until) {
  for (int number = from; number < until; ++number) {
    writer.line(std::to_string(number), clock.now());
    clock.advance(1ms);
  }
}

TEST(LogTrouble, a_full_state_folder_stops_the_reading_until_it_has_room) {
  LogHost host;
  const auto writer = host.start_container(1);
  host.start();
  const auto state = host.folder.path() / "state";
  std::ofstream{state} << "not a folder";
  write_lines(*writer, host.clock, 0, 10);
  host.ship_all();
  EXPECT_THAT(host.store.puts(), IsEmpty()) << "no PUT without its plan on disk";
  EXPECT_GT(host.value("hakoban_logs_cursor_failures_total"), 0);
  EXPECT_GT(host.tailer->backlog().bytes, 0U);
  std::filesystem::remove(state);
  host.ship_all();
  EXPECT_EQ(faults(recount(host.store.objects())["_host/c1"], 10), "");
}

TEST(LogTrouble, a_store_that_refuses_is_asked_again_and_loses_nothing) {
  LogHost host;
  const auto writer = host.start_container(1);
  host.start();
  int refusals = 0;
  host.store.before = [&](const std::string&, const std::stop_token&) -> Result<void> {
    if (++refusals > 20) return {};
    return Error{refusals % 3 == 0 ? Errc::throttled : Errc::unavailable, "503"};
  };
  write_lines(*writer, host.clock, 0, 10);
  host.ship_all();
  EXPECT_EQ(faults(recount(host.store.objects())["_host/c1"], 10), "");
  EXPECT_EQ(host.value("hakoban_logs_put_retries_total"), 20);
  EXPECT_EQ(value_in(host.registry, "hakoban_logs_put_failures_total", {{"reason", "throttled"}}), 6);
  for (const auto wait : host.clock.sleeps()) EXPECT_LE(wait, 5s);
}

TEST(LogTrouble, what_the_store_denies_is_offered_again_after_others_had_their_turn) {
  LogHost host;
  const auto bad = host.start_container(1);
  const auto good = host.start_container(2);
  host.start();
  bool denied = true;
  host.store.before = [&](const std::string& key, const std::stop_token&) -> Result<void> {
    if (denied && key.find("c1/") != std::string::npos) return Error{Errc::denied, "403"};
    return {};
  };
  host.turn();
  write_lines(*bad, host.clock, 0, 10);
  write_lines(*good, host.clock, 0, 10);
  host.tailer->look();
  host.clock.advance(60s);
  host.tailer->look();
  for (int i = 0; i < 4; ++i) {
    if (auto segment = host.tailer->take(0s, {})) host.uploader->ship(*segment, {});
  }
  EXPECT_EQ(faults(recount(host.store.objects())["_host/c2"], 10), "");
  denied = false;
  host.turn();
  EXPECT_EQ(faults(recount(host.store.objects())["_host/c1"], 10), "");
}

TEST(LogTrouble, a_clock_that_jumps_moves_no_record) {
  LogHost host;
  const auto writer = host.start_container(1);
  host.start();
  const auto real = host.clock.now();
  int number = 0;
  for (const auto jump : {Duration{0}, Duration{72h}, Duration{-240h}, Duration{1h}}) {
    host.clock.jump_to(real + jump);
    // Docker stamps with the same clock.
    for (int i = 0; i < 10; ++i) writer->line(std::to_string(number++), host.clock.now());
    host.turn();
    host.clock.advance(60s);
    host.turn();
  }
  EXPECT_EQ(faults(recount(host.store.objects())["_host/c1"], number), "");
  EXPECT_THAT(host.store.puts(), SizeIs(4)) << "each is shipped after its age, whatever the wall clock says";
}

TEST(LogTrouble, puts_aside_cursors_that_it_cannot_read_and_starts_at_the_same_keys) {
  LogHost host;
  const auto writer = host.start_container(1);
  host.start();
  write_lines(*writer, host.clock, 0, 10);
  host.ship_all();
  host.kill();
  const auto state = host.folder.path() / "state";
  std::ofstream{state / (container_id(1) + ".json")} << "{\"version\":";
  std::ofstream{state / (container_id(2) + ".json")} << R"({"version":2,"container":"x"})";
  host.start();
  write_lines(*writer, host.clock, 10, 20);
  host.ship_all();
  EXPECT_EQ(host.value("hakoban_logs_cursors_put_aside_total"), 2);
  EXPECT_TRUE(std::filesystem::exists(state / "aside" / (container_id(1) + ".json")));
  EXPECT_THAT(host.store.objects(), SizeIs(1)) << "the second overwrites the first";
  EXPECT_EQ(host.value("hakoban_logs_put_conflicts_total"), 1);
  EXPECT_EQ(faults(recount(host.store.objects())["_host/c1"], 20), "");
}

TEST(LogTrouble, an_object_that_a_lost_answer_left_behind_counts_as_stored) {
  LogHost host;
  const auto writer = host.start_container(1);
  host.start();
  int answers = 0;
  host.store.after = [&](const std::string&) -> Result<void> {
    if (++answers == 1) return Error{Errc::timeout, "no answer"};
    return {};
  };
  write_lines(*writer, host.clock, 0, 10);
  host.ship_all();
  EXPECT_THAT(host.store.puts(), SizeIs(1)) << "the second attempt was refused: it is there";
  EXPECT_EQ(faults(recount(host.store.objects())["_host/c1"], 10), "");
  EXPECT_EQ(host.value("hakoban_logs_puts_there_already_total"), 1);
  EXPECT_EQ(host.value("hakoban_logs_put_conflicts_total"), 0);
}

}  // namespace
}  // namespace hakoban
