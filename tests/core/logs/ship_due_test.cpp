#include "core/logs/ship_due.h"

#include <gtest/gtest.h>

namespace hakoban {
namespace {

struct Case {
  const char* name;
  PendingLog pending;
  bool due;
  bool at_once = false;
};

class ShipDue : public ::testing::TestWithParam<Case> {};

TEST_P(ShipDue, follows_size_age_and_risk) {
  const DuePolicy policy{1000, 60s, GetParam().at_once};
  EXPECT_EQ(is_due(GetParam().pending, policy), GetParam().due);
}

INSTANTIATE_TEST_SUITE_P(Logs, ShipDue,
                         ::testing::Values(Case{"few_young_bytes_wait", {999, 59s}, false},
                                           Case{"a_full_segment_is_due", {1000, 0s}, true},
                                           Case{"old_bytes_are_due", {1, 60s}, true},
                                           Case{"a_rotated_file_is_due", {1, 0s, true}, true},
                                           Case{"a_closed_log_is_due", {1, 0s, false, true}, true},
                                           Case{"all_is_due_at_the_end", {1, 0s}, true, true},
                                           Case{"nothing_is_never_due", {0, 99s, true, true}, false, true}),
                         [](const auto& each) { return each.param.name; });

}  // namespace
}  // namespace hakoban
