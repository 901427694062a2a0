#include "platform/aws/retry_policy.h"

#include <gtest/gtest.h>

namespace hakoban {
namespace {

constexpr SteadyPoint kNow{1h};

double always_longest() {
  return 1.0;
}
double always_half() {
  return 0.5;
}

TEST(AwsRetryPolicy, the_longest_wait_doubles_up_to_the_cap) {
  AwsRetryPolicy policy;
  policy.attempts = 6;
  policy.base = 1s;
  policy.cap = 5s;
  EXPECT_EQ(policy.wait_after(1, kNow, always_longest), Duration{1s});
  EXPECT_EQ(policy.wait_after(2, kNow, always_longest), Duration{2s});
  EXPECT_EQ(policy.wait_after(3, kNow, always_longest), Duration{4s});
  EXPECT_EQ(policy.wait_after(4, kNow, always_longest), Duration{5s});
  EXPECT_EQ(policy.wait_after(4, kNow, always_half), Duration{2500ms});
  EXPECT_EQ(policy.wait_after(6, kNow, always_half), std::nullopt);
}

TEST(AwsRetryPolicy, none_is_one_attempt) {
  EXPECT_EQ(AwsRetryPolicy::none().wait_after(1, kNow, always_half), std::nullopt);
  EXPECT_EQ(AwsRetryPolicy::none(7s).timeout, Duration{7s});
}

TEST(AwsRetryPolicy, a_wait_beyond_the_budget_gives_up_at_once) {
  AwsRetryPolicy policy;
  policy.base = 2s;
  policy.until = kNow + 1500ms;
  EXPECT_EQ(policy.wait_after(1, kNow, always_longest), std::nullopt);
  EXPECT_EQ(policy.wait_after(1, kNow, always_half), Duration{1s});
}

TEST(AwsRetryPolicy, no_attempt_outlives_the_budget) {
  AwsRetryPolicy policy;
  policy.timeout = 10s;
  EXPECT_EQ(policy.timeout_at(kNow), Duration{10s});
  policy.until = kNow + 3s;
  EXPECT_EQ(policy.timeout_at(kNow), Duration{3s});
  EXPECT_LT(policy.timeout_at(kNow + 4s), Duration::zero());
}

TEST(AwsRetryPolicy, a_hundredth_attempt_still_waits_no_longer_than_the_cap) {
  AwsRetryPolicy policy;
  policy.attempts = 2000;
  EXPECT_EQ(policy.wait_after(1999, kNow, always_longest), policy.cap);
}

}  // namespace
}  // namespace hakoban
