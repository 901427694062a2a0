#include "collectors/notices/notice_watcher.h"

#include <algorithm>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/fakes/fake_clock.h"
#include "tests/fakes/fake_imds.h"

namespace hakoban {
namespace {

constexpr std::string_view kAction = "/latest/meta-data/spot/instance-action";

// How often a family's counter with this label was counted up; 0 when it is not there.
double counted(const prometheus::Registry& registry, const std::string& family, const std::string& label) {
  for (const auto& each : registry.Collect()) {
    if (each.name != family) continue;
    for (const auto& metric : each.metric) {
      if (!metric.label.empty() && metric.label.front().value == label) return metric.counter.value;
    }
  }
  return 0;
}

class NoticeWatching : public testing::Test {
 protected:
  void say(Duration left, std::string_view action = "terminate") {
    imds.set(kAction,
             fmt::format(R"({{"action":"{}","time":"{}"}})", action, format_rfc3339(clock.now() + left)));
  }

  void poll(int times = 1) {
    for (int each = 0; each < times; ++each) {
      watcher.poll_once({});
      clock.advance(1s);
    }
  }

  [[nodiscard]] double failures(const std::string& reason) const {
    return counted(registry, "hakoban_notice_poll_failures_total", reason);
  }

  FakeImds imds;
  FakeClock clock;
  Latest<HostView> views;
  Queue<Notice> inbox{8};
  prometheus::Registry registry;
  NoticeWatcher watcher{imds, clock, views, NoticesConfig{}, inbox, registry, [] { return 0.5; }};
};

TEST_F(NoticeWatching, hands_a_notice_on_once) {
  const TimePoint deadline = clock.now() + 2min;
  say(2min);
  poll(5);
  ASSERT_EQ(inbox.size(), 1U);
  EXPECT_EQ(inbox.pop(0s, {})->deadline, deadline);
  EXPECT_EQ(counted(registry, "hakoban_notices_total", "spot_interruption"), 1);
}

TEST_F(NoticeWatching, latches_the_first_deadline_of_a_mock_that_moves_it) {
  for (int second = 0; second < 10; ++second) {
    say(2min);
    poll();
  }
  EXPECT_EQ(inbox.size(), 1U);
}

TEST_F(NoticeWatching, counts_each_failure_and_goes_on) {
  for (const Errc reason : {Errc::timeout, Errc::unavailable, Errc::denied}) {
    imds.fail(Error{reason, "no"});
    poll(3);
    EXPECT_EQ(failures(std::string{name_of(reason)}), 3);
  }
  imds.fail(std::nullopt);
  imds.set(kAction, "<html>");
  poll(2);
  EXPECT_EQ(failures("malformed"), 2);
  EXPECT_EQ(inbox.size(), 0U);
  say(2min);
  poll();
  EXPECT_EQ(inbox.size(), 1U);
}

TEST_F(NoticeWatching, is_silent_where_metadata_never_answered_and_tells_of_one_that_went_away) {
  const auto said_of = [&](int polls) {
    testing::internal::CaptureStdout();
    poll(polls);
    return testing::internal::GetCapturedStdout();
  };
  imds.fail(Error{Errc::unavailable, "no"});
  EXPECT_EQ(said_of(3), "");
  EXPECT_EQ(failures("unavailable"), 3);
  imds.fail(std::nullopt);
  EXPECT_EQ(said_of(1), "");
  imds.fail(Error{Errc::unavailable, "no"});
  EXPECT_NE(said_of(2).find("polling for notices fails"), std::string::npos);
}

TEST_F(NoticeWatching, does_not_take_failures_for_a_withdrawal) {
  say(2min);
  poll();
  imds.fail(Error{Errc::timeout, "no"});
  poll(10);
  EXPECT_EQ(inbox.size(), 1U);
}

TEST_F(NoticeWatching, tells_of_a_withdrawal) {
  say(2min);
  poll();
  imds.remove(kAction);
  poll(3);
  ASSERT_EQ(inbox.size(), 2U);
  EXPECT_FALSE(inbox.pop(0s, {})->withdrawn);
  EXPECT_TRUE(inbox.pop(0s, {})->withdrawn);
}

TEST_F(NoticeWatching, asks_for_no_spot_events_on_an_instance_that_is_not_spot) {
  HostView view;
  view.ec2.life_cycle = "on-demand";
  views.publish(view);
  say(2min);
  poll(3);
  for (const std::string& path : imds.asked()) {
    EXPECT_EQ(path.find("spot"), std::string::npos) << path;
    EXPECT_EQ(path.find("rebalance"), std::string::npos) << path;
  }
  EXPECT_EQ(inbox.size(), 0U);
}

TEST_F(NoticeWatching, asks_about_what_is_less_urgent_more_seldom) {
  poll(30);
  const auto asked = imds.asked();
  const auto times = [&](std::string_view part) {
    return std::count_if(asked.begin(), asked.end(),
                         [&](const std::string& path) { return path.find(part) != std::string::npos; });
  };
  EXPECT_EQ(times("instance-action"), 30);
  EXPECT_EQ(times("target-lifecycle-state"), 15);
  EXPECT_EQ(times("rebalance"), 6);
  EXPECT_EQ(times("maintenance"), 2);
}

TEST_F(NoticeWatching, tells_that_what_a_journal_remembers_is_withdrawn) {
  Notice maintenance;
  maintenance.kind = NoticeKind::maintenance;
  maintenance.id = "instance-event-1";
  watcher.remember({maintenance});
  poll(4);
  ASSERT_EQ(inbox.size(), 1U) << "three polls in a row, though such events are seldom asked for";
  EXPECT_TRUE(inbox.pop(0s, {})->withdrawn);
}

// Stops the watcher's run() after so many sleeps.
class EndingClock final : public Clock {
 public:
  explicit EndingClock(int sleeps) : left_(sleeps) {}
  [[nodiscard]] TimePoint now() const override { return inner_.now(); }
  [[nodiscard]] SteadyPoint steady() const override { return inner_.steady(); }
  bool sleep(Duration duration, const std::stop_token& stop) const override {
    (void)inner_.sleep(duration, stop);
    return --left_ > 0;
  }
  [[nodiscard]] std::vector<Duration> sleeps() const { return inner_.sleeps(); }

 private:
  FakeClock inner_;
  mutable int left_;
};

TEST(NoticeWatcher, polls_every_interval_and_more_seldom_where_metadata_never_answered) {
  FakeImds imds;
  imds.fail(Error{Errc::unavailable, "nobody there"});
  const EndingClock clock{40};
  Latest<HostView> views;
  Queue<Notice> inbox{8};
  prometheus::Registry registry;
  NoticeWatcher watcher{imds, clock, views, NoticesConfig{}, inbox, registry, [] { return 0.5; }};
  watcher.run({});
  EXPECT_EQ(clock.sleeps().front(), 1s);
  EXPECT_EQ(clock.sleeps().back(), 10s);
}

TEST(NoticeWatcher, keeps_its_pace_when_metadata_that_once_answered_is_gone) {
  FakeImds imds;
  const EndingClock clock{80};
  Latest<HostView> views;
  Queue<Notice> inbox{8};
  prometheus::Registry registry;
  NoticeWatcher watcher{imds, clock, views, NoticesConfig{}, inbox, registry, [] { return 1.0; }};
  watcher.poll_once({});
  imds.fail(Error{Errc::unavailable, "gone"});
  watcher.run({});
  EXPECT_LE(clock.sleeps().back(), 1100ms) << "an interval and its jitter";
  EXPECT_GT(clock.sleeps().back(), 1s);
}

}  // namespace
}  // namespace hakoban
