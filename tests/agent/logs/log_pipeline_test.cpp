// The way of a line from Docker's file to its object, in one thread.
#include <gmock/gmock.h>

#include "tests/fakes/log_host.h"

namespace hakoban {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

void write_lines(DockerLogWriter& writer, FakeClock& clock, int from, int until) {
  for (int number = from; number < until; ++number) {
    writer.line(std::to_string(number), clock.now());
    clock.advance(1ms);
  }
}

LogTailerConfig small_segments(std::uint64_t max_bytes) {
  LogTailerConfig config;
  config.max_bytes = max_bytes;
  return config;
}

TEST(LogPipeline, ships_each_line_once_under_the_containers_name_and_the_records_date) {
  LogHost host;
  const auto writer = host.start_container(1);
  host.start();
  write_lines(*writer, host.clock, 0, 100);
  host.ship_all();
  EXPECT_EQ(faults(recount(host.store.objects())["_host/c1"], 100), "");
  EXPECT_THAT(
      host.store.puts(),
      ElementsAre("_host/c1/dt=2026-11-23/000000000001-20261123T120000.000000000Z-000000000000.ndjson.gz"));
  EXPECT_EQ(host.value("hakoban_logs_lines_total"), 100);
  host.tailer->look();
  EXPECT_EQ(host.value("hakoban_logs_pending_bytes"), 0);
  EXPECT_EQ(host.tailer->backlog().bytes, 0U);
}

TEST(LogPipeline, waits_until_a_segment_is_old_enough_or_full) {
  LogHost host{small_segments(10000)};
  const auto writer = host.start_container(1);
  host.start();
  write_lines(*writer, host.clock, 0, 10);
  EXPECT_EQ(host.turn(), 0);
  host.clock.advance(59s);
  EXPECT_EQ(host.turn(), 0);
  host.clock.advance(1s);
  EXPECT_EQ(host.turn(), 1);
  write_lines(*writer, host.clock, 10, 400);
  EXPECT_EQ(host.turn(), 2) << "two full segments; the rest is young";
  EXPECT_GT(host.tailer->backlog().bytes, 0U);
  host.ship_all();
  EXPECT_EQ(faults(recount(host.store.objects())["_host/c1"], 400), "");
}

TEST(LogPipeline, cuts_at_midnight_of_the_record_whatever_the_wall_clock_says) {
  LogHost host;
  const auto writer = host.start_container(1);
  host.start();
  const auto midnight = parse_rfc3339("2026-11-25T00:00:00Z").value();
  // Two streams stamp their lines apart from one another, and so times swap around midnight.
  const Duration offsets[] = {-3s, -1s, 1ns, -1ns, 0s, 2s, -1ms, 3s};
  int number = 0;
  for (const auto offset : offsets) writer->line(std::to_string(number++), midnight + offset);
  host.ship_all();
  EXPECT_EQ(faults(recount(host.store.objects())["_host/c1"], number), "");
  for (const auto& key : host.store.puts())
    EXPECT_TRUE(key.find("dt=2026-11-24") != std::string::npos ||
                key.find("dt=2026-11-25") != std::string::npos);
}

TEST(LogPipeline, follows_a_chain_of_renames) {
  LogHost host;
  const auto writer = host.start_container(1, {.max_size = 2000, .max_file = 3});
  host.start();
  for (int number = 0; number < 500; ++number) {
    writer->line(std::to_string(number), host.clock.now());
    host.clock.advance(1ms);
    if (number % 50 == 0) host.turn();
  }
  host.ship_all();
  EXPECT_EQ(faults(recount(host.store.objects())["_host/c1"], 500), "");
  EXPECT_GT(host.value("hakoban_logs_rotations_total"), 5);
  EXPECT_EQ(host.value("hakoban_logs_lost_bytes_total"), 0);
  EXPECT_EQ(host.value("hakoban_logs_active_files"), 1);
}

TEST(LogPipeline, holds_a_file_that_docker_unlinks_at_once) {
  LogHost host;
  const auto writer = host.start_container(1, {.max_size = 1000, .max_file = 1});
  host.start();
  for (int number = 0; number < 200; ++number) {
    writer->line(std::to_string(number), host.clock.now());
    host.clock.advance(1ms);
    host.tailer->look();
  }
  host.ship_all();
  EXPECT_EQ(faults(recount(host.store.objects())["_host/c1"], 200), "");
}

TEST(LogPipeline, reads_a_removed_container_to_its_end_and_forgets_it) {
  LogHost host;
  const auto writer = host.start_container(1, {.max_size = 1900, .max_file = 5});
  host.start();
  write_lines(*writer, host.clock, 0, 30);
  host.tailer->look();
  write_lines(*writer, host.clock, 30, 35);
  writer->remove();
  host.remove_container(1);
  host.turn();
  host.clock.advance(10s);
  host.turn();
  EXPECT_EQ(faults(recount(host.store.objects())["_host/c1"], 35), "");
  host.turn();
  EXPECT_EQ(host.value("hakoban_logs_active_files"), 0);
  EXPECT_TRUE(std::filesystem::is_empty(host.folder.path() / "state"));
}

TEST(LogPipeline, ships_the_rest_of_an_ended_container_after_a_short_grace) {
  LogHost host;
  const auto writer = host.start_container(1);
  host.start();
  write_lines(*writer, host.clock, 0, 5);
  host.view.other_containers.front().state = ContainerState::exited;
  host.publish();
  EXPECT_EQ(host.turn(), 0);
  write_lines(*writer, host.clock, 5, 8);
  host.clock.advance(10s);
  EXPECT_EQ(host.turn(), 1);
  EXPECT_EQ(faults(recount(host.store.objects())["_host/c1"], 8), "");

  // It may be started again.
  host.turn();
  EXPECT_EQ(host.value("hakoban_logs_active_files"), 0);
  host.view.other_containers.front().state = ContainerState::running;
  host.publish();
  write_lines(*writer, host.clock, 8, 20);
  host.ship_all();
  EXPECT_EQ(faults(recount(host.store.objects())["_host/c1"], 20), "");
}

TEST(LogPipeline, leaves_out_torn_lines_and_counts_them) {
  LogHost host;
  const auto writer = host.start_container(1);
  host.start();
  write_lines(*writer, host.clock, 0, 5);
  writer->torn(R"({"log":"never en)");
  write_lines(*writer, host.clock, 5, 10);
  host.ship_all();
  EXPECT_EQ(faults(recount(host.store.objects())["_host/c1"], 10), "");
  EXPECT_EQ(host.value("hakoban_logs_torn_lines_total"), 1);
}

TEST(LogPipeline, ships_a_last_line_without_newline_only_when_nothing_follows) {
  LogHost host;
  const auto writer = host.start_container(1);
  host.start();
  write_lines(*writer, host.clock, 0, 2);
  writer->torn(
      fmt::format(R"({{"log":"2\n","stream":"stdout","time":"{}"}})", docker_time(host.clock.now())));
  host.ship_all();
  EXPECT_THAT(recount(host.store.objects())["_host/c1"], SizeIs(2));
  host.remove_container(1);
  writer->remove();
  host.turn();
  host.clock.advance(10s);
  host.turn();
  EXPECT_EQ(faults(recount(host.store.objects())["_host/c1"], 3), "");
}

TEST(LogPipeline, joins_the_pieces_of_a_line_and_waits_for_the_last) {
  LogHost host;
  const auto writer = host.start_container(1);
  host.start();
  const auto time = host.clock.now();
  writer->line("0", time);
  writer->line("on", time + 1ms, "stdout", true);
  host.turn();
  host.clock.advance(60s);
  host.turn();
  writer->line("e line", time + 1ms);
  host.ship_all();
  auto counts = recount(host.store.objects())["_host/c1"];
  EXPECT_EQ(counts, (std::map<std::string, int>{{"0", 1}, {"one line", 1}}));
  EXPECT_EQ(host.value("hakoban_logs_joined_partials_total"), 2);
  EXPECT_THAT(host.store.puts(), SizeIs(2));
}

TEST(LogPipeline, joins_the_pieces_of_a_line_over_a_rotation_and_a_death) {
  LogHost host;
  const auto writer = host.start_container(1, {.max_size = 0, .max_file = 5});
  host.start();
  const auto time = host.clock.now();
  writer->line("0", time);
  writer->line("one", time + 1ms, "stdout", true);
  writer->rotate();
  host.turn();
  EXPECT_THAT(recount(host.store.objects())["_host/c1"], SizeIs(1)) << "the rest waits for its end";
  writer->line(" line", time + 1ms);
  writer->line("2", time + 2ms);
  // The process dies after the plan and before the PUT: the same range must come of it again.
  host.store.before = [](const std::string&, const std::stop_token&) -> Result<void> {
    return Error{Errc::cancelled, "killed"};
  };
  host.tailer->look();
  auto under_way = host.tailer->take(0s, {});
  ASSERT_TRUE(under_way);
  host.uploader->ship(*under_way, {});
  under_way.reset();
  host.kill();
  host.store.before = nullptr;
  writer->rotate();
  writer->line("3", time + 3ms);
  host.start();
  host.ship_all();
  const auto counts = recount(host.store.objects())["_host/c1"];
  EXPECT_EQ(counts, (std::map<std::string, int>{{"0", 1}, {"one line", 1}, {"2", 1}, {"3", 1}}));
  EXPECT_EQ(host.value("hakoban_logs_gaps_total"), 0);
}

TEST(LogPipeline, a_piece_that_nothing_follows_is_shipped_after_a_while_and_marked) {
  LogHost host;
  const auto writer = host.start_container(1);
  host.start();
  writer->line("prompt", host.clock.now(), "stdout", true);
  for (int i = 0; i < 3; ++i) host.ship_all();
  ASSERT_THAT(host.store.puts(), SizeIs(1));
  EXPECT_THAT(gunzip(host.store.objects().begin()->second).value(), HasSubstr("hakoban_partial"));
  writer->line(" and more", host.clock.now());
  host.ship_all();
  auto counts = recount(host.store.objects())["_host/c1"];
  EXPECT_EQ(counts, (std::map<std::string, int>{{"prompt", 1}, {" and more", 1}}));
}

TEST(LogPipeline, quiet_containers_wait_longer_if_asked) {
  LogTailerConfig config;
  config.quiet_max_age = 10min;
  config.quiet_bytes = 5000;
  LogHost host{config};
  const auto quiet = host.start_container(1);
  const auto busy = host.start_container(2);
  host.start();
  host.turn();
  write_lines(*quiet, host.clock, 0, 10);
  write_lines(*busy, host.clock, 0, 200);
  host.turn();
  host.clock.advance(60s);
  EXPECT_EQ(host.turn(), 1);
  host.clock.advance(9min);
  EXPECT_EQ(host.turn(), 1);
}

TEST(LogPipeline, objects_may_be_zstd) {
  LogTailerConfig config;
  config.extension = kZstdExtension;
  LogHost host{config};
  const auto writer = host.start_container(1);
  host.start();
  write_lines(*writer, host.clock, 0, 10);
  host.ship_all();
  ASSERT_THAT(host.store.puts(), ElementsAre(HasSubstr(".ndjson.zst")));
  const auto text = unzstd(host.store.objects().begin()->second);
  ASSERT_TRUE(text);
  EXPECT_EQ(std::count(text->begin(), text->end(), '\n'), 10);
}

TEST(LogPipeline, counts_only_what_was_written_by_the_mark) {
  LogHost host;
  const auto drained = host.start_container(1);
  const auto chatty = host.start_container(2);
  host.start();
  host.turn();
  host.tailer->hurry(host.clock.now() + 100s);
  write_lines(*drained, host.clock, 0, 10);
  write_lines(*chatty, host.clock, 0, 10);
  host.tailer->mark();
  host.tailer->look();
  EXPECT_EQ(host.tailer->backlog().containers, 2U);
  host.clock.advance(1s);
  host.turn();
  EXPECT_EQ(host.tailer->backlog().bytes, 0U);
  write_lines(*chatty, host.clock, 10, 20);
  host.tailer->look();
  EXPECT_EQ(host.tailer->backlog().bytes, 0U) << "written after the mark";

  // Another drain, later, has its own mark.
  host.clock.advance(10min);
  host.tailer->hurry(host.clock.now() + 100s);
  EXPECT_GT(host.tailer->backlog().bytes, 0U);
}

TEST(LogPipeline, a_line_longer_than_a_segment_is_shipped_whole) {
  LogHost host{small_segments(1000)};
  const auto writer = host.start_container(1, {.max_size = 50000, .max_file = 2});
  host.start();
  std::string big(30000, 'x');
  for (int number = 0; number < 6; ++number) {
    writer->line(std::to_string(number), host.clock.now());
    writer->line(big, host.clock.now());
    host.turn();
  }
  host.ship_all();
  auto counts = recount(host.store.objects())["_host/c1"];
  EXPECT_EQ(counts[big], 6);
  EXPECT_EQ(faults(counts, 6), "");
}

TEST(LogPipeline, waits_for_the_service_of_a_task_and_then_lets_the_family_stand_for_it) {
  LogHost host;
  const auto writer = host.start_container(1);
  auto container = host.view.other_containers.front();
  container.task_arn = "arn:task/f00d";
  container.ecs_name = "app";
  TaskView task;
  task.id = "f00d";
  task.family = "web";
  task.containers.push_back(container);
  host.view.other_containers.clear();
  host.view.tasks.push_back(task);
  host.publish();
  host.start();
  write_lines(*writer, host.clock, 0, 10);
  host.turn();
  host.clock.advance(59s);
  host.turn();
  EXPECT_THAT(host.store.puts(), IsEmpty());
  host.clock.advance(1s);
  host.turn();
  EXPECT_EQ(faults(recount(host.store.objects())["web/app"], 10), "");

  // Once decided it stays, also in the next process.
  host.view.tasks.front().kind = TaskKind::service;
  host.view.tasks.front().service = "web-service";
  host.publish();
  host.kill();
  host.start();
  write_lines(*writer, host.clock, 10, 20);
  host.ship_all();
  EXPECT_EQ(faults(recount(host.store.objects())["web/app"], 20), "");
}

TEST(LogPipeline, a_hurry_ships_what_is_there_most_bytes_first) {
  LogHost host;
  const auto quiet = host.start_container(1);
  const auto loud = host.start_container(2);
  host.start();
  host.turn();
  write_lines(*quiet, host.clock, 0, 5);
  write_lines(*loud, host.clock, 0, 500);
  EXPECT_EQ(host.turn(), 0);
  host.tailer->hurry(host.clock.now() + 100s);
  host.clock.advance(1s);
  EXPECT_EQ(host.turn(), 2);
  EXPECT_THAT(host.store.puts(), ElementsAre(HasSubstr("_host/c2"), HasSubstr("_host/c1")));
  EXPECT_EQ(host.tailer->backlog().bytes, 0U);

  // A host that outlived its deadline goes on as before.
  host.clock.advance(10min);
  write_lines(*quiet, host.clock, 5, 6);
  host.turn();
  host.clock.advance(5s);
  EXPECT_EQ(host.turn(), 0);
}

TEST(LogPipeline, one_loud_container_takes_its_turn) {
  LogHost host{small_segments(5000)};
  const auto loud = host.start_container(1);
  const auto quiet = host.start_container(2);
  host.start();
  host.turn();
  write_lines(*loud, host.clock, 0, 1000);
  write_lines(*quiet, host.clock, 0, 100);
  host.turn();
  const auto puts = host.store.puts();
  ASSERT_GT(puts.size(), 4U);
  EXPECT_THAT(puts[0], HasSubstr("_host/c1"));
  EXPECT_THAT(puts[1], HasSubstr("_host/c2"));
}

}  // namespace
}  // namespace hakoban
