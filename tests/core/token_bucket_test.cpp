#include "core/token_bucket.h"

#include <gtest/gtest.h>

namespace hakoban {
namespace {

const SteadyPoint kStart{1h};

TEST(TokenBucket, gives_its_burst_at_once_and_then_one_after_the_other) {
  TokenBucket bucket{3, 2};
  for (int i = 0; i < 3; ++i) EXPECT_EQ(bucket.take(kStart), 0s);
  EXPECT_EQ(bucket.take(kStart), 500ms);
  EXPECT_EQ(bucket.take(kStart), 1s) << "behind the one that waits already";
}

TEST(TokenBucket, fills_up_to_its_burst_and_no_further) {
  TokenBucket bucket{2, 1};
  (void)bucket.take(kStart);
  (void)bucket.take(kStart);
  EXPECT_DOUBLE_EQ(bucket.level(kStart + 1s), 1);
  EXPECT_DOUBLE_EQ(bucket.level(kStart + 1h), 2);
}

TEST(TokenBucket, gives_nothing_for_a_while_once_the_other_side_refused) {
  TokenBucket bucket{100, 10};
  (void)bucket.take(kStart);
  bucket.empty(kStart, 2s);
  EXPECT_EQ(bucket.take(kStart), 2100ms);
  EXPECT_EQ(bucket.take(kStart + 3s), 0s) << "ten tokens came in the second after the pause, one was taken";
}

TEST(TokenBucket, time_that_goes_back_gives_nothing) {
  TokenBucket bucket{1, 1};
  EXPECT_EQ(bucket.take(kStart), 0s);
  EXPECT_EQ(bucket.take(kStart - 10s), 11s);
}

}  // namespace
}  // namespace hakoban
