// kill -9 at any point: the next process puts the planned range again under its key, and every line is in
// exactly one object.
#include <gmock/gmock.h>

#include "tests/fakes/log_host.h"

namespace hakoban {
namespace {

void write_lines(DockerLogWriter& writer, FakeClock& clock, int from, int until) {
  for (int number = from; number < until; ++number) {
    writer.line(std::to_string(number), clock.now(), number % 3 == 0 ? "stderr" : "stdout");
    clock.advance(1ms);
  }
}

// The moments at which the process can die while a segment is under way.
enum class Death { after_take, after_read, before_put, after_put, before_cursor, after_cursor };

class LogCrash : public ::testing::TestWithParam<std::pair<const char*, Death>> {};

// Ends the process at the given moment of the next segment: the state folder and the store stay as they are
// then.
void die(LogHost& host, Death moment) {
  auto segment = host.tailer->take(0s, {});
  if (!segment) {
    host.clock.advance(60s);
    segment = host.tailer->take(0s, {});
  }
  ASSERT_TRUE(segment);
  const auto state = host.folder.path() / "state";
  const auto saved = host.folder.path() / "state-at-death";
  std::string body;
  GzipCompressor compressor{1};
  if (moment != Death::after_take) {
    const auto planned = segment->read([&](std::string_view block) { compressor.append(block, body); });
    ASSERT_TRUE(planned && *planned);
    if (moment != Death::after_read && moment != Death::before_put) {
      ASSERT_TRUE(host.store.put((*planned)->key, body, {}, {}));
    }
  }
  std::filesystem::remove_all(saved);
  if (moment == Death::before_cursor) std::filesystem::copy(state, saved);
  if (moment == Death::before_cursor || moment == Death::after_cursor) segment->stored();
  segment.reset();
  host.kill();
  if (moment != Death::before_cursor) return;
  std::filesystem::remove_all(state);
  std::filesystem::rename(saved, state);
}

TEST_P(LogCrash, repeats_the_planned_range_under_the_same_key) {
  LogTailerConfig config;
  config.max_bytes = 4000;
  LogHost host{config};
  const auto writer = host.start_container(1, {.max_size = 9000, .max_file = 3});
  host.start();
  int lines = 0;
  for (int life = 0; life < 12; ++life) {
    write_lines(*writer, host.clock, lines, lines + 70);
    lines += 70;
    host.tailer->look();
    // In every other life some segments are through before it dies.
    for (int i = 0; i < life % 3; ++i) {
      if (auto segment = host.tailer->take(0s, {})) host.uploader->ship(*segment, {});
    }
    die(host, GetParam().second);
    host.start();
    host.tailer->look();
  }
  host.ship_all();
  EXPECT_EQ(faults(recount(host.store.objects())["_host/c1"], lines), "");
  EXPECT_EQ(host.value("hakoban_logs_lost_bytes_total"), 0);
}

INSTANTIATE_TEST_SUITE_P(Moments, LogCrash,
                         ::testing::Values(std::pair{"after_take", Death::after_take},
                                           std::pair{"after_read", Death::after_read},
                                           std::pair{"before_put", Death::before_put},
                                           std::pair{"after_put", Death::after_put},
                                           std::pair{"before_cursor", Death::before_cursor},
                                           std::pair{"after_cursor", Death::after_cursor}),
                         [](const auto& each) { return each.param.first; });

TEST(LogCrash, the_file_may_have_been_rotated_away_between_two_lives) {
  LogHost host;
  const auto writer = host.start_container(1, {.max_size = 0, .max_file = 4});
  host.start();
  write_lines(*writer, host.clock, 0, 50);
  host.tailer->look();
  host.clock.advance(60s);
  die(host, Death::before_put);
  write_lines(*writer, host.clock, 50, 60);
  writer->rotate();
  write_lines(*writer, host.clock, 60, 70);
  writer->rotate();
  write_lines(*writer, host.clock, 70, 80);
  host.start();
  host.ship_all();
  EXPECT_EQ(faults(recount(host.store.objects())["_host/c1"], 80), "");
  EXPECT_EQ(host.value("hakoban_logs_gaps_total"), 0);
}

TEST(LogCrash, several_segments_of_one_container_may_be_under_way) {
  LogTailerConfig config;
  config.max_bytes = 1000;
  LogHost host{config};
  const auto writer = host.start_container(1);
  host.start();
  write_lines(*writer, host.clock, 0, 100);
  host.tailer->look();
  {
    std::vector<std::unique_ptr<Segment>> under_way;
    std::vector<std::string> bodies(3);
    std::vector<std::string> keys;
    for (auto& body : bodies) {
      auto& segment = under_way.emplace_back(host.tailer->take(0s, {}));
      ASSERT_TRUE(segment);
      GzipCompressor compressor{1};
      const auto planned = segment->read([&](std::string_view block) { compressor.append(block, body); });
      ASSERT_TRUE(planned && *planned);
      keys.push_back((*planned)->key);
    }
    // They end in another order, and the first never.
    ASSERT_TRUE(host.store.put(keys[2], bodies[2], {}, {}));
    under_way[2]->stored();
    ASSERT_TRUE(host.store.put(keys[1], bodies[1], {}, {}));
    under_way[1]->stored();
  }
  host.kill();
  host.start();
  host.ship_all();
  EXPECT_EQ(faults(recount(host.store.objects())["_host/c1"], 100), "");
}

}  // namespace
}  // namespace hakoban
