#include "handlers/logs/byte_budget.h"

#include <gtest/gtest.h>

namespace hakoban {
namespace {

std::stop_token stopped() {
  std::stop_source source;
  source.request_stop();
  return source.get_token();
}

// With a stop already asked for, take() gives only what is free at once.
bool is_free(ByteBudget& budget, std::uint64_t bytes) {
  return static_cast<bool>(budget.take(bytes, stopped()));
}

TEST(ByteBudget, gives_back_all_of_a_share_however_often_it_is_taken) {
  ByteBudget budget{100};
  for (int round = 0; round < 1000; ++round) {
    auto share = budget.take(60, stopped());
    ASSERT_TRUE(share) << "round " << round;
    EXPECT_FALSE(is_free(budget, 41));
    share.shrink_to(10);
    EXPECT_TRUE(is_free(budget, 90));
    EXPECT_FALSE(is_free(budget, 91));
  }
  EXPECT_TRUE(is_free(budget, 100));
}

TEST(ByteBudget, more_than_there_is_counts_as_all) {
  ByteBudget budget{100};
  auto share = budget.take(1000, stopped());
  EXPECT_TRUE(share);
  EXPECT_FALSE(is_free(budget, 1));
}

}  // namespace
}  // namespace hakoban
