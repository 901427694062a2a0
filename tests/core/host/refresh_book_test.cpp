#include "core/host/refresh_book.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hakoban {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Refresh : public ::testing::Test {
 protected:
  SteadyPoint now_{1h};
  RefreshBook book_{{750ms, 300s, {1s, 60s}}};
};

TEST_F(Refresh, nothing_is_due_when_nothing_is_wanted) {
  EXPECT_THAT(book_.due(now_), IsEmpty());
  EXPECT_EQ(book_.next_due(), SteadyPoint::max());
}

TEST_F(Refresh, a_new_one_waits_for_others_so_that_one_call_asks_for_all) {
  book_.want({"a"}, now_);
  now_ += 700ms;
  book_.want({"a", "b"}, now_);
  EXPECT_THAT(book_.due(now_), IsEmpty());
  now_ += 50ms;
  EXPECT_EQ(book_.next_due(), now_);
  EXPECT_THAT(book_.due(now_), ElementsAre("a", "b"));
}

TEST_F(Refresh, an_answered_one_is_due_again_after_the_interval_give_or_take_a_tenth) {
  book_.want({"a"}, now_);
  book_.answered("a", now_, 0);
  EXPECT_EQ(book_.next_due(), now_ + 270s);
  book_.answered("a", now_, 0.5);
  EXPECT_EQ(book_.next_due(), now_ + 300s);
}

TEST_F(Refresh, a_new_one_does_not_draw_those_in_that_were_answered) {
  book_.want({"a"}, now_);
  book_.answered("a", now_, 0);
  book_.want({"a", "b"}, now_);
  EXPECT_THAT(book_.due(now_ + 1s), ElementsAre("b"));
}

TEST_F(Refresh, one_without_an_answer_is_asked_for_soon_then_more_and_more_rarely) {
  book_.want({"a"}, now_);
  const Duration waits[] = {500ms, 1s, 2s, 4s, 8s, 16s, 32s, 64s, 128s, 150s, 150s};
  for (const auto wait : waits) {
    book_.unanswered("a", now_, 0);
    EXPECT_EQ(book_.next_due(), now_ + wait);
  }
  book_.answered("a", now_, 0.5);
  book_.unanswered("a", now_, 0);
  EXPECT_EQ(book_.next_due(), now_ + 500ms) << "the row is broken by an answer";
}

TEST_F(Refresh, after_a_failure_nothing_is_asked_for_a_while_not_even_new_ones) {
  book_.want({"a"}, now_);
  book_.failed(now_, 0);
  book_.failed(now_, 0);
  book_.failed(now_, 0);
  book_.want({"a", "b"}, now_);
  EXPECT_THAT(book_.due(now_ + 1999ms), IsEmpty());
  EXPECT_THAT(book_.due(now_ + 2s), ElementsAre("a", "b"));
}

TEST_F(Refresh, a_hurry_makes_everything_due_even_after_a_failure) {
  book_.want({"a", "b"}, now_);
  book_.answered("a", now_, 0);
  book_.failed(now_, 0);
  book_.hurry(now_);
  EXPECT_THAT(book_.due(now_), ElementsAre("a", "b"));
}

TEST_F(Refresh, what_is_not_wanted_any_more_is_forgotten) {
  book_.want({"a", "b"}, now_);
  book_.want({"b"}, now_);
  book_.answered("a", now_, 0);
  EXPECT_THAT(book_.due(now_ + 1s), ElementsAre("b"));
}

TEST(RetryWaitOf, many_failures_is_bounded_and_jittered_by_a_half) {
  const RetryWait wait{1s, 60s};
  EXPECT_EQ(wait.after(1, 0), 500ms);
  EXPECT_EQ(wait.after(1, 0.5), 750ms);
  EXPECT_EQ(wait.after(3, 0), 2s);
  EXPECT_EQ(wait.after(1'000'000, 0), 30s);
}

}  // namespace
}  // namespace hakoban
