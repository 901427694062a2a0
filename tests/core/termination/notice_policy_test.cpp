#include "core/termination/notice_policy.h"

#include <gtest/gtest.h>

#include "tests/fakes/simulated_host.h"

namespace hakoban {
namespace {

Notice notice_of(NoticeKind kind, const std::string& action = "", std::optional<TimePoint> deadline = {}) {
  Notice notice;
  notice.kind = kind;
  notice.id = "n";
  notice.action = action;
  notice.deadline = deadline;
  notice.seen_at = kNoon;
  return notice;
}

struct Case {
  std::string name;
  Notice notice;
  NoticeTerms terms;
};

class Terms : public testing::TestWithParam<Case> {};

TEST_P(Terms, are) {
  const NoticeTerms got = terms_of(GetParam().notice, NoticePolicy{});
  const NoticeTerms& expected = GetParam().terms;
  EXPECT_EQ(name_of(got.manner), name_of(expected.manner));
  EXPECT_EQ(format_rfc3339(got.begin_at), format_rfc3339(expected.begin_at));
  EXPECT_EQ(format_rfc3339(got.deadline), format_rfc3339(expected.deadline));
  EXPECT_EQ(got.final, expected.final);
}

INSTANTIATE_TEST_SUITE_P(
    OfNotices, Terms,
    testing::Values(Case{"a_spot_notice_is_hard_until_its_time",
                         notice_of(NoticeKind::spot_interruption, "terminate", kNoon + 110s),
                         {Manner::hard, kNoon, kNoon + 110s, true}},
                    Case{"a_hard_notice_without_a_time_has_two_minutes",
                         notice_of(NoticeKind::host_shutdown),
                         {Manner::hard, kNoon, kNoon + 120s, true}},
                    Case{"a_rebalance_is_ignored",
                         notice_of(NoticeKind::rebalance),
                         {Manner::none, kNoon, TimePoint::max(), false}},
                    Case{"the_groups_termination_is_gentle",
                         notice_of(NoticeKind::lifecycle, "Terminated"),
                         {Manner::gentle, kNoon, kNoon + 1h, false}},
                    Case{"a_reboot_tomorrow_begins_half_an_hour_before",
                         notice_of(NoticeKind::maintenance, "system-reboot", kNoon + 24h),
                         {Manner::gentle, kNoon + 24h - 30min, kNoon + 24h, true}},
                    Case{"a_reboot_whose_window_is_open_leaves_two_minutes",
                         notice_of(NoticeKind::maintenance, "system-reboot", kNoon - 1h),
                         {Manner::gentle, kNoon, kNoon + 120s, true}},
                    Case{"network_maintenance_only_marks",
                         notice_of(NoticeKind::maintenance, "system-maintenance", kNoon + 24h),
                         {Manner::mark, kNoon + 24h - 30min, TimePoint::max(), false}},
                    Case{"an_unknown_code_only_marks",
                         notice_of(NoticeKind::maintenance, "instance-dance", kNoon + 24h),
                         {Manner::mark, kNoon + 24h - 30min, TimePoint::max(), false}},
                    Case{"an_operator_is_gentle_and_not_final",
                         notice_of(NoticeKind::operator_request, std::string{kDrain}),
                         {Manner::gentle, kNoon, kNoon + 1h, false}},
                    Case{"an_operator_may_give_the_time",
                         notice_of(NoticeKind::operator_request, std::string{kDrain}, kNoon + 5min),
                         {Manner::gentle, kNoon, kNoon + 5min, false}},
                    Case{"an_operator_in_a_hurry_is_hard",
                         notice_of(NoticeKind::operator_request, std::string{kDrainNow}),
                         {Manner::hard, kNoon, kNoon + 120s, true}}),
    [](const auto& each) { return each.param.name; });

TEST(ParseManner, reads_the_words_of_the_settings) {
  EXPECT_EQ(parse_manner("ignore").value(), Manner::none);
  EXPECT_EQ(parse_manner("mark").value(), Manner::mark);
  EXPECT_EQ(parse_manner("drain").value(), Manner::gentle);
  EXPECT_FALSE(parse_manner("hard"));
}

}  // namespace
}  // namespace hakoban
