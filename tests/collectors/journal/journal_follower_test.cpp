// The journal by way of the spool: each entry once, wherever the process dies.
#include "collectors/journal/journal_follower.h"

#include <gmock/gmock.h>

#include "platform/files.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/registry_values.h"
#include "tests/fakes/temporary_folder.h"

namespace hakoban {
namespace {

const std::string kContainer(64, 'c');

class FakeJournal final : public Journal {
 public:
  explicit FakeJournal(const std::vector<JournalRecord>& records) : records_(records) {}
  [[nodiscard]] Result<bool> seek_after(const std::string& cursor) override {
    at_ = 0;
    for (std::size_t i = 0; i < records_.size(); ++i) {
      if (records_[i].cursor != cursor) continue;
      at_ = i + 1;
      return true;
    }
    return false;
  }
  [[nodiscard]] Result<void> seek_since(TimePoint since) override {
    const auto us = static_cast<std::uint64_t>(since.time_since_epoch() / 1us);
    for (at_ = 0; at_ < records_.size() && records_[at_].entry.realtime_us < us;) ++at_;
    return {};
  }
  [[nodiscard]] Result<std::optional<JournalRecord>> next() override {
    if (at_ == records_.size()) return std::optional<JournalRecord>{};
    return std::optional{records_[at_++]};
  }
  void wait(Duration, const std::stop_token&) override {}

 private:
  const std::vector<JournalRecord>& records_;
  std::size_t at_ = 0;
};

class FakeSource final : public JournalSource {
 public:
  [[nodiscard]] Result<std::unique_ptr<Journal>> open(const JournalFilter&) override {
    if (absent) return Error{Errc::not_found, "no journal"};
    return std::unique_ptr<Journal>{std::make_unique<FakeJournal>(records)};
  }
  std::vector<JournalRecord> records;
  bool absent = false;
};

class JournalFollowerTest : public ::testing::Test {
 protected:
  JournalFollowerTest() {
    config.units = {"docker", "kernel"};
    config.containers = true;
    config.position_file = folder.path() / "position";
    start();
  }

  void start() {
    follower.reset();
    spool.reset();
    registry = std::make_unique<prometheus::Registry>();
    SpoolConfig spooling;
    spooling.folder = folder.path() / "spool";
    spool = std::make_unique<Spool>(hosts, clock, *registry, spooling);
    ASSERT_TRUE(spool->open());
    follower = std::make_unique<JournalFollower>(source, *spool, clock, *registry, config);
  }

  void add(const std::string& message, std::vector<std::pair<std::string, std::string>> fields) {
    const auto number = source.records.size();
    JournalRecord record{"cursor-" + std::to_string(number), {}};
    record.entry.realtime_us = static_cast<std::uint64_t>(clock.now().time_since_epoch() / 1us) + number;
    record.entry.fields = std::move(fields);
    record.entry.fields.emplace_back("MESSAGE", message);
    source.records.push_back(std::move(record));
  }
  void add_some(int count) {
    for (int i = 0; i < count; ++i) {
      const auto text = std::to_string(added++);
      switch (i % 4) {
        case 0:
          add(text, {{"_SYSTEMD_UNIT", "docker.service"}});
          break;
        case 1:
          add(text, {{"CONTAINER_ID_FULL", kContainer}, {"_SYSTEMD_UNIT", "docker.service"}});
          break;
        case 2:
          add(text, {{"_TRANSPORT", "kernel"}});
          break;
        default:
          add(text, {{"_SYSTEMD_UNIT", "sshd.service"}});
          break;
      }
    }
  }

  // How often each text stands in a log's files.
  [[nodiscard]] std::vector<std::string> texts(const std::string& log) const {
    std::vector<std::string> found;
    const auto text = read_file(folder.path() / "spool" / log / (log + "-json.log")).value();
    constexpr std::string_view kStart = R"({"log":")";
    for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) {
      if (text.compare(at, kStart.size(), kStart) != 0) continue;
      const auto from = at + kStart.size();
      found.push_back(text.substr(from, text.find('\\', from) - from));
    }
    return found;
  }
  [[nodiscard]] std::vector<std::string> every_fourth(int first) const {
    std::vector<std::string> expected;
    for (int number = first; number < added; number += 4) expected.push_back(std::to_string(number));
    return expected;
  }
  void expect_each_once() const {
    EXPECT_EQ(texts("unit.docker"), every_fourth(0));
    EXPECT_EQ(texts(kContainer), every_fourth(1));
    EXPECT_EQ(texts("unit.kernel"), every_fourth(2));
    EXPECT_FALSE(std::filesystem::exists(folder.path() / "spool/unit.sshd"));
  }

  TemporaryFolder folder;
  FakeClock clock;
  Latest<HostView> hosts;
  std::unique_ptr<prometheus::Registry> registry;
  FakeSource source;
  JournalConfig config;
  std::unique_ptr<Spool> spool;
  std::unique_ptr<JournalFollower> follower;
  int added = 0;
};

TEST_F(JournalFollowerTest, each_entry_goes_to_its_own_log_and_the_rest_to_none) {
  add_some(40);
  EXPECT_EQ(follower->turn().value(), 40U);
  EXPECT_EQ(follower->turn().value(), 0U);
  add_some(8);
  EXPECT_EQ(follower->turn().value(), 8U);
  expect_each_once();
}

TEST_F(JournalFollowerTest, goes_on_after_a_restart) {
  add_some(40);
  ASSERT_TRUE(follower->turn());
  start();
  add_some(40);
  ASSERT_TRUE(follower->turn());
  expect_each_once();
}

TEST_F(JournalFollowerTest, a_death_between_its_logs_repeats_nothing) {
  add_some(40);
  ASSERT_TRUE(follower->turn());
  const auto position = read_file(config.position_file).value();
  add_some(40);
  ASSERT_TRUE(follower->turn());
  // The position was not written, and one log has nothing of the last batch yet.
  ASSERT_TRUE(replace_file(config.position_file, position));
  const auto kernel = folder.path() / "spool/unit.kernel/unit.kernel-json.log";
  const auto marks = folder.path() / "spool/unit.kernel/marks";
  spool.reset();
  const auto text = read_file(kernel).value();
  std::filesystem::resize_file(kernel, text.size() / 2);
  const auto lines = read_file(marks).value();
  std::filesystem::resize_file(marks, lines.find('\n') + 1);
  start();
  add_some(40);
  ASSERT_TRUE(follower->turn());
  expect_each_once();
}

TEST_F(JournalFollowerTest, the_first_process_ever_does_not_begin_with_the_oldest) {
  add_some(4);
  clock.advance(2h);
  added = 0;
  add_some(4);
  ASSERT_TRUE(follower->turn());
  expect_each_once();
}

TEST_F(JournalFollowerTest, a_journal_that_forgot_its_place_is_a_counted_gap) {
  add_some(8);
  ASSERT_TRUE(follower->turn());
  start();
  source.records.clear();
  add("after", {{"_SYSTEMD_UNIT", "docker.service"}});
  source.records.back().cursor = "other";
  ASSERT_TRUE(follower->turn());
  EXPECT_EQ(value_in(*registry, "hakoban_journal_gaps_total"), 1);
  EXPECT_THAT(texts("unit.docker"), ::testing::ElementsAre("0", "4", "after"));
}

TEST_F(JournalFollowerTest, a_full_spool_waits_and_hands_in_the_same_batch) {
  follower.reset();
  SpoolConfig spooling;
  spooling.folder = folder.path() / "spool";
  spooling.max_bytes = 1;
  registry = std::make_unique<prometheus::Registry>();
  spool = std::make_unique<Spool>(hosts, clock, *registry, spooling);
  ASSERT_TRUE(spool->open());
  follower = std::make_unique<JournalFollower>(source, *spool, clock, *registry, config);
  add_some(40);
  ASSERT_FALSE(follower->turn());
  EXPECT_EQ(follower->turn().error().code, Errc::throttled);
  start();
  ASSERT_TRUE(follower->turn());
  expect_each_once();
}

TEST_F(JournalFollowerTest, pieces_of_a_line_have_one_time_and_are_spooled_together) {
  const auto piece = [&](const std::string& text, const std::string& last) {
    add(text, {{"CONTAINER_ID_FULL", kContainer},
               {"CONTAINER_PARTIAL_MESSAGE", "true"},
               {"CONTAINER_PARTIAL_LAST", last}});
  };
  add("whole", {{"CONTAINER_ID_FULL", kContainer}});
  piece("a", "false");
  EXPECT_EQ(follower->turn().value(), 1U);
  EXPECT_EQ(follower->turn().value(), 0U);
  start();
  piece("b", "false");
  piece("c", "true");
  EXPECT_EQ(follower->turn().value(), 3U);
  const auto text = read_file(folder.path() / "spool" / kContainer / (kContainer + "-json.log")).value();
  EXPECT_THAT(text,
              ::testing::HasSubstr(R"({"log":"a","stream":"stdout","time":"2026-11-23T12:00:00.000001Z"})"
                                   "\n"
                                   R"({"log":"b","stream":"stdout","time":"2026-11-23T12:00:00.000001Z"})"
                                   "\n"
                                   R"({"log":"c\n","stream":"stdout","time":"2026-11-23T12:00:00.000001Z"})"
                                   "\n"));
  // One that ended within a line is not waited for for ever.
  piece("d", "false");
  std::size_t spooled = 0;
  for (int i = 0; i < 10; ++i) spooled += follower->turn().value();
  EXPECT_EQ(spooled, 1U);
}

TEST_F(JournalFollowerTest, without_a_journal_it_says_so) {
  source.absent = true;
  EXPECT_EQ(follower->turn().error().code, Errc::not_found);
}

}  // namespace
}  // namespace hakoban
