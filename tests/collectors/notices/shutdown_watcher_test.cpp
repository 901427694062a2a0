#include "collectors/notices/shutdown_watcher.h"

#include <deque>

#include <gtest/gtest.h>

#include "tests/fakes/fake_clock.h"

namespace hakoban {
namespace {

enum class Word { begins, called_off, silence, bus_is_gone };

// logind whose words the test writes down. A short wait passes the time; when a long one finds no word left,
// the test is over.
class FakeLogind final : public Logind {
 public:
  explicit FakeLogind(FakeClock& clock) : clock_(clock) {}

  [[nodiscard]] Result<Duration> hold() override {
    log.emplace_back("hold");
    if (refusals-- > 0) return Error{Errc::unavailable, "logind: no system bus"};
    return delay;
  }
  [[nodiscard]] Result<std::optional<bool>> wait(Duration patience,
                                                 const std::stop_token& /*stop*/) override {
    Word word = Word::silence;
    if (!words.empty()) {
      word = words.front();
      words.pop_front();
    } else if (patience > 1min) {
      stop.request_stop();
    }
    if (word == Word::bus_is_gone) return Error{Errc::unavailable, "logind: the bus is gone"};
    if (word != Word::silence) return std::optional{word == Word::begins};
    if (patience <= 1min) clock_.advance(patience);
    return std::optional<bool>{};
  }
  void release() override { log.emplace_back("release"); }

  std::stop_source stop;
  std::deque<Word> words;
  std::vector<std::string> log;
  Duration delay = 110s;
  int refusals = 0;

 private:
  FakeClock& clock_;
};

class Shutdown : public testing::Test {
 protected:
  void run() {
    ShutdownWatcher watcher{logind, clock, inbox, [this] { return looks++ >= drained_after; }};
    watcher.run(logind.stop.get_token());
  }

  FakeClock clock;
  FakeLogind logind{clock};
  Queue<Notice> inbox{8};
  int looks = 0;
  int drained_after = 3;
};

TEST_F(Shutdown, is_held_back_until_the_host_is_drained) {
  logind.words = {Word::begins};
  const TimePoint begun = clock.now();
  run();
  const auto notice = inbox.pop(0s, {});
  ASSERT_TRUE(notice);
  EXPECT_EQ(notice->kind, NoticeKind::host_shutdown);
  EXPECT_EQ(notice->id, "host-shutdown");
  EXPECT_EQ(notice->deadline, begun + 110s - 500ms);
  EXPECT_EQ(looks, 4);
  EXPECT_EQ(logind.log, (std::vector<std::string>{"hold", "release", "release"}));
}

TEST_F(Shutdown, is_let_go_at_its_deadline) {
  logind.words = {Word::begins};
  drained_after = 1'000'000;
  const TimePoint begun = clock.now();
  run();
  EXPECT_GE(clock.now(), begun + 109s);
  EXPECT_LE(clock.now(), begun + 110s);
}

TEST_F(Shutdown, that_is_called_off_withdraws_the_notice_and_takes_the_lock_again) {
  logind.words = {Word::begins, Word::silence, Word::called_off};
  run();
  (void)inbox.pop(0s, {});
  const auto back = inbox.pop(0s, {});
  ASSERT_TRUE(back);
  EXPECT_TRUE(back->withdrawn);
  EXPECT_EQ(back->id, "host-shutdown");
  EXPECT_EQ(logind.log, (std::vector<std::string>{"hold", "hold", "release"}))
      << "at once, the drain was under way";
}

TEST_F(Shutdown, may_be_called_off_after_its_drain_too) {
  drained_after = 0;
  logind.words = {Word::begins, Word::silence, Word::called_off};
  run();
  (void)inbox.pop(0s, {});
  EXPECT_TRUE(inbox.pop(0s, {}).value().withdrawn);
  EXPECT_EQ(logind.log, (std::vector<std::string>{"hold", "release", "hold", "release"}));
}

TEST_F(Shutdown, waits_for_a_logind_that_is_not_there_or_goes) {
  logind.refusals = 2;
  logind.words = {Word::bus_is_gone};
  run();
  EXPECT_EQ(clock.sleeps(), (std::vector<Duration>{1min, 1min}));
  EXPECT_EQ(logind.log, (std::vector<std::string>{"hold", "hold", "hold", "hold", "release"}));
  EXPECT_EQ(inbox.size(), 0U);
}

}  // namespace
}  // namespace hakoban
