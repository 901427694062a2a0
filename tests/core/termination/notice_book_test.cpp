#include "core/termination/notice_book.h"

#include <gtest/gtest.h>

#include "tests/fakes/simulated_host.h"

namespace hakoban {
namespace {

const std::vector<std::string> kTold = {"spot-interruption"};

TEST(NoticeBook, hands_on_a_notice_once) {
  NoticeBook book;
  EXPECT_EQ(book.record(spot_notice()), spot_notice());
  EXPECT_EQ(book.record(spot_notice()), std::nullopt);
}

TEST(NoticeBook, latches_the_earliest_deadline_of_one_that_moves_forward_with_each_request) {
  NoticeBook book;
  ASSERT_TRUE(book.record(spot_notice(kNoon + 120s)));
  EXPECT_EQ(book.record(spot_notice(kNoon + 121s, kNoon + 1s)), std::nullopt);
  const auto earlier = book.record(spot_notice(kNoon + 90s, kNoon + 2s));
  ASSERT_TRUE(earlier);
  EXPECT_EQ(earlier->deadline, kNoon + 90s);
  EXPECT_EQ(earlier->seen_at, kNoon) << "the first sight of it counts";
}

TEST(NoticeBook, hands_on_a_change_of_action) {
  NoticeBook book;
  ASSERT_TRUE(book.record(spot_notice()));
  Notice stop = spot_notice(kNoon + 130s);
  stop.action = "stop";
  const auto changed = book.record(stop);
  ASSERT_TRUE(changed);
  EXPECT_EQ(changed->action, "stop");
  EXPECT_EQ(changed->deadline, kNoon + 120s);
}

TEST(NoticeBook, withdraws_only_what_was_missed_three_times_in_a_row) {
  NoticeBook book;
  ASSERT_TRUE(book.record(spot_notice()));
  EXPECT_TRUE(book.settle(NoticeKind::spot_interruption, {}).empty());
  EXPECT_TRUE(book.settle(NoticeKind::spot_interruption, {}).empty());
  EXPECT_EQ(book.record(spot_notice()), std::nullopt);
  EXPECT_TRUE(book.settle(NoticeKind::spot_interruption, kTold).empty());
  EXPECT_TRUE(book.settle(NoticeKind::spot_interruption, {}).empty());
  EXPECT_TRUE(book.settle(NoticeKind::spot_interruption, {}).empty());
  const auto gone = book.settle(NoticeKind::spot_interruption, {});
  ASSERT_EQ(gone.size(), 1U);
  EXPECT_TRUE(gone[0].withdrawn);
  EXPECT_TRUE(book.settle(NoticeKind::spot_interruption, {}).empty()) << "and says so once";
}

TEST(NoticeBook, does_not_withdraw_another_kind) {
  NoticeBook book;
  ASSERT_TRUE(book.record(spot_notice()));
  for (int poll = 0; poll < 5; ++poll) EXPECT_TRUE(book.settle(NoticeKind::maintenance, {}).empty());
}

TEST(NoticeBook, hands_on_one_that_comes_back_after_it_was_withdrawn) {
  NoticeBook book;
  ASSERT_TRUE(book.record(spot_notice()));
  for (int poll = 0; poll < 3; ++poll) (void)book.settle(NoticeKind::spot_interruption, {});
  const auto again = book.record(spot_notice(kNoon + 24h, kNoon + 23h));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->deadline, kNoon + 24h);
  EXPECT_FALSE(again->withdrawn);
}

}  // namespace
}  // namespace hakoban
