#include "handlers/logs/byte_budget.h"

#include <gtest/gtest.h>

namespace hakoban {
namespace {

std::stop_token stopped() {
  std::stop_source source;
  source.request_stop();
  return source.get_token();
}

TEST(ByteBudget, gives_no_more_than_it_has) {
  ByteBudget budget{100};
  auto first = budget.take(60, {});
  EXPECT_TRUE(first);
  EXPECT_FALSE(budget.take(41, stopped()));
  EXPECT_TRUE(budget.take(40, stopped()));
}

TEST(ByteBudget, gets_back_what_is_not_needed_any_more) {
  ByteBudget budget{100};
  auto share = budget.take(100, {});
  share.shrink_to(30);
  share.shrink_to(80);  // never grows
  {
    const auto rest = budget.take(70, stopped());
    EXPECT_TRUE(rest);
    EXPECT_FALSE(budget.take(1, stopped()));
  }
  EXPECT_TRUE(budget.take(70, stopped()));
}

TEST(ByteBudget, gives_all_to_one_who_wants_more_than_all) {
  ByteBudget budget{100};
  EXPECT_TRUE(budget.take(1000, stopped()));
  EXPECT_TRUE(budget.take(100, stopped())) << "the share was given back";
}

TEST(ByteBudget, counts_a_moved_share_once) {
  ByteBudget budget{100};
  auto share = budget.take(100, {});
  {
    const auto moved = std::move(share);
    EXPECT_FALSE(budget.take(1, stopped()));
  }
  EXPECT_TRUE(budget.take(100, stopped()));
}

}  // namespace
}  // namespace hakoban
