// What Docker deletes before it is read, compresses, or damages: read while it can be, and told of when not.
#include <fstream>

#include <gmock/gmock.h>
#include <zlib.h>

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

// As Docker's option compress does with a file that was rotated.
void compress_file(const std::string& path) {
  std::ifstream plain{path, std::ios::binary};
  const std::string text{std::istreambuf_iterator<char>{plain}, {}};
  gzFile file = gzopen((path + ".gz").c_str(), "wb");
  ASSERT_NE(file, nullptr);
  ASSERT_EQ(gzwrite(file, text.data(), static_cast<unsigned>(text.size())), static_cast<int>(text.size()));
  gzclose(file);
  std::filesystem::remove(path);
}

std::vector<std::string> gap_texts(const LogHost& host) {
  std::vector<std::string> texts;
  for (const auto& [key, body] : host.store.objects()) {
    if (key.find("-gap") != std::string::npos) texts.push_back(gunzip(body).value());
  }
  return texts;
}

int numbered(const std::map<std::string, int>& counts) {
  int sum = 0;
  for (const auto& [text, times] : counts) sum += text.starts_with("hakoban:") ? 0 : times;
  return sum;
}

TEST(LogGaps, a_truncated_file_costs_what_was_not_read_and_a_record_tells_of_it) {
  LogHost host;
  const auto writer = host.start_container(1);
  host.start();
  write_lines(*writer, host.clock, 0, 10);
  host.ship_all();
  write_lines(*writer, host.clock, 10, 12);
  host.turn();
  writer->truncate();
  write_lines(*writer, host.clock, 12, 13);
  host.turn();
  host.ship_all();
  const auto counts = recount(host.store.objects())["_host/c1"];
  EXPECT_EQ(numbered(counts), 11);
  EXPECT_EQ(counts.at("12"), 1);
  EXPECT_EQ(host.value("hakoban_logs_gaps_total"), 1);
  EXPECT_GT(host.value("hakoban_logs_lost_bytes_total"), 100);
  EXPECT_THAT(gap_texts(host), ElementsAre(HasSubstr("truncated, at least")));
}

TEST(LogGaps, counts_what_was_deleted_while_no_agent_ran_and_tells_of_it) {
  LogHost host;
  const auto writer = host.start_container(1);
  host.start();
  write_lines(*writer, host.clock, 0, 10);
  host.ship_all();
  host.store.before = [](const std::string&, const std::stop_token&) -> Result<void> {
    return Error{Errc::cancelled, "stopping"};
  };
  write_lines(*writer, host.clock, 10, 20);
  host.clock.advance(60s);
  host.tailer->look();
  host.clock.advance(60s);
  host.uploader->ship(*host.tailer->take(0s, {}), {});
  host.kill();
  writer->remove();
  host.remove_container(1);
  host.store.before = nullptr;
  host.start();
  host.turn();
  EXPECT_EQ(host.value("hakoban_logs_gaps_total"), 1);
  EXPECT_GT(host.value("hakoban_logs_lost_bytes_total"), 500);
  EXPECT_THAT(gap_texts(host), SizeIs(1));
  host.turn();
  EXPECT_TRUE(std::filesystem::is_empty(host.folder.path() / "state"));
}

TEST(LogGaps, a_file_that_was_made_and_deleted_between_two_looks_is_counted) {
  LogHost host;
  const auto writer = host.start_container(1, {.max_size = 0, .max_file = 1});
  host.start();
  const auto rotate = [&] {
    writer->rotate();
    ++host.watch.born[writer->live().string()];
  };
  write_lines(*writer, host.clock, 0, 10);
  host.turn();
  rotate();
  write_lines(*writer, host.clock, 10, 20);
  host.turn();
  EXPECT_EQ(host.value("hakoban_logs_gaps_total"), 0);
  rotate();
  write_lines(*writer, host.clock, 20, 30);
  rotate();
  write_lines(*writer, host.clock, 30, 40);
  host.turn();
  host.ship_all();
  const auto counts = recount(host.store.objects())["_host/c1"];
  EXPECT_EQ(numbered(counts), 30);
  EXPECT_EQ(host.value("hakoban_logs_gaps_total"), 1);
  EXPECT_GT(host.value("hakoban_logs_lost_bytes_total"), 600) << "as large as the others were";
  EXPECT_THAT(gap_texts(host), ElementsAre(HasSubstr("rotated away before it was seen")));
}

TEST(LogGaps, a_container_that_was_removed_before_it_was_seen_is_told_of) {
  LogHost host;
  const auto writer = host.start_container(1);
  write_lines(*writer, host.clock, 0, 10);
  writer->remove();
  host.start();
  host.turn();
  host.remove_container(1);
  host.turn();
  host.clock.advance(10s);
  for (int i = 0; i < 3; ++i) host.turn();
  EXPECT_THAT(gap_texts(host), ElementsAre(HasSubstr("removed before it was seen")));
  EXPECT_EQ(host.tailer->progress().size(), 0U);
}

TEST(LogGaps, compressed_files_are_read_when_the_plain_ones_are_gone) {
  LogHost host;
  const auto writer = host.start_container(1, {.max_size = 0, .max_file = 5});
  // Before the agent is installed.
  write_lines(*writer, host.clock, 0, 100);
  writer->rotate();
  compress_file(writer->live().string() + ".1");
  write_lines(*writer, host.clock, 100, 200);
  host.start();
  host.ship_all();
  EXPECT_EQ(faults(recount(host.store.objects())["_host/c1"], 200), "");
  EXPECT_EQ(host.value("hakoban_logs_gaps_total"), 0);

  // While it runs it holds the plain file: the compressed one is no other file.
  write_lines(*writer, host.clock, 200, 210);
  host.turn();
  std::filesystem::rename(writer->live().string() + ".1.gz", writer->live().string() + ".2.gz");
  writer->rotate();
  write_lines(*writer, host.clock, 210, 220);
  compress_file(writer->live().string() + ".1");
  host.ship_all();
  EXPECT_EQ(faults(recount(host.store.objects())["_host/c1"], 220), "");

  // And while it does not run.
  write_lines(*writer, host.clock, 220, 230);
  host.kill();
  std::filesystem::rename(writer->live().string() + ".2.gz", writer->live().string() + ".3.gz");
  std::filesystem::rename(writer->live().string() + ".1.gz", writer->live().string() + ".2.gz");
  writer->rotate();
  write_lines(*writer, host.clock, 230, 240);
  compress_file(writer->live().string() + ".1");
  host.start();
  host.ship_all();
  EXPECT_EQ(faults(recount(host.store.objects())["_host/c1"], 240), "");
  EXPECT_EQ(host.value("hakoban_logs_gaps_total"), 0);
}

TEST(LogGaps, of_a_damaged_compressed_file_what_is_whole_is_read) {
  LogHost host;
  const auto writer = host.start_container(1, {.max_size = 0, .max_file = 5});
  write_lines(*writer, host.clock, 0, 5000);
  writer->rotate();
  const auto compressed = writer->live().string() + ".1.gz";
  compress_file(writer->live().string() + ".1");
  const auto size = std::filesystem::file_size(compressed);
  {
    std::fstream file{compressed, std::ios::in | std::ios::out | std::ios::binary};
    file.seekp(static_cast<std::streamoff>(size / 2));
    file << std::string(200, '\xff');
  }
  write_lines(*writer, host.clock, 5000, 5010);
  host.start();
  for (int i = 0; i < 3; ++i) host.ship_all();
  const auto counts = recount(host.store.objects())["_host/c1"];
  EXPECT_GT(numbered(counts), 1000);
  EXPECT_LT(numbered(counts), 5000);
  EXPECT_EQ(counts.at("5009"), 1);
  EXPECT_THAT(gap_texts(host), ElementsAre(HasSubstr("damaged in its compressed file")));
}

TEST(LogGaps, nothing_is_told_when_nothing_is_lost) {
  LogHost host;
  const auto writer = host.start_container(1, {.max_size = 1000, .max_file = 3});
  host.start();
  for (int number = 0; number < 100; ++number) {
    const auto rotations = writer->rotations();
    write_lines(*writer, host.clock, number, number + 1);
    if (writer->rotations() != rotations) ++host.watch.born[writer->live().string()];
    if (number % 5 == 0) host.tailer->look();
  }
  host.ship_all();
  EXPECT_THAT(gap_texts(host), IsEmpty());
  EXPECT_EQ(host.value("hakoban_logs_gaps_total"), 0);
}

}  // namespace
}  // namespace hakoban
