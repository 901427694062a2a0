#include "coordinator/policy_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hakoban {
namespace {

TEST(PolicyOptions, take_a_policy_from_a_file) {
  FleetPolicy policy;
  OptionTable table;
  add_policy_options(table, policy);
  const std::string file = R"({"policy": {
    "on_demand": {"out_above": 0.9, "min": 3},
    "spot": {"headroom": "2 instances", "schedules": ["mon-fri 11:00-13:30 min=40 headroom=20%", "sat+sun max=9"]},
    "drain_timeout": "2h", "utc_offset": 540}})";
  EXPECT_THAT(table.load({file, "c.json", {}, {}}), testing::IsEmpty());
  EXPECT_EQ(policy.on_demand.out_above, 0.9);
  EXPECT_EQ(policy.on_demand.min, 3);
  EXPECT_EQ(policy.spot.headroom, (Headroom{HeadroomKind::instances, 2}));
  ASSERT_EQ(policy.spot.schedules.size(), 2U);
  EXPECT_EQ(policy.spot.schedules[0],
            (Schedule{0b0111110, 11h, 13h + 30min, 40, {}, Headroom{HeadroomKind::percentage, 20}}));
  EXPECT_EQ(policy.spot.schedules[1], (Schedule{0b1000001, 0h, 24h, {}, 9, {}}));
  EXPECT_EQ(policy.drain_timeout, 2h);
  EXPECT_EQ(policy.utc_offset, 540min);
}

TEST(PolicyOptions, tell_all_that_is_wrong) {
  FleetPolicy policy;
  OptionTable table;
  add_policy_options(table, policy);
  const auto problems = table.load({R"({"policy": {"spot": {"out_above": 1.5, "headroom": "some", "min": -1,
    "schedules": ["lunch min=1"]}, "utc_offset": "JST"}})",
                                    "c.json",
                                    {},
                                    {}});
  EXPECT_EQ(problems.size(), 5U) << testing::PrintToString(problems);
}

struct ScheduleText {
  std::string name;
  std::string text;
  std::optional<Schedule> read;  // nothing: refused
};

class ScheduleTexts : public testing::TestWithParam<ScheduleText> {};

TEST_P(ScheduleTexts, are) {
  const auto got = parse_schedule(GetParam().text);
  EXPECT_EQ(got.has_value(), GetParam().read.has_value());
  if (got && GetParam().read) {
    EXPECT_EQ(*got, *GetParam().read);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Policy, ScheduleTexts,
    testing::Values(
        ScheduleText{"hours_alone", "11:00-13:30 min=4", Schedule{0x7f, 11h, 13h + 30min, 4, {}, {}}},
        ScheduleText{"over_midnight", "22:00-02:00 max=9", Schedule{0x7f, 22h, 2h, {}, 9, {}}},
        ScheduleText{"to_the_end_of_the_day", "18:00-24:00 min=4", Schedule{0x7f, 18h, 24h, 4, {}, {}}},
        ScheduleText{"a_week_that_wraps", "fri-mon min=4", Schedule{0b1100011, 0h, 24h, 4, {}, {}}},
        ScheduleText{"a_unit_as_a_word", "sat headroom=3 tasks min=1",
                     Schedule{0b1000000, 0h, 24h, 1, {}, Headroom{HeadroomKind::largest_task, 3}}},
        ScheduleText{"nothing", "", {}}, ScheduleText{"no_limit", "mon 11:00-12:00", {}},
        ScheduleText{"no_such_day", "mun min=1", {}}, ScheduleText{"no_such_hour", "25:00-26:00 min=1", {}},
        ScheduleText{"minutes_of_one_digit", "11:5-12:00 min=1", {}},
        ScheduleText{"no_such_limit", "mon most=1", {}}, ScheduleText{"no_number", "mon min=few", {}},
        ScheduleText{"negative", "mon min=-1", {}},
        ScheduleText{"half_a_day_range", "mon- min=1", Schedule{0b10, 0h, 24h, 1, {}, {}}}),
    [](const auto& each) { return each.param.name; });

TEST(PolicyOptions, headrooms_are_written_as_they_are_read) {
  for (const auto* text : {"10%", "2 instances", "3 tasks", "none", "2.5%"})
    EXPECT_EQ(format_headroom(*parse_headroom(text)), text);
  EXPECT_EQ(*parse_headroom(" 1 task "), (Headroom{HeadroomKind::largest_task, 1}));
  for (const auto* text : {"", "%", "10", "-1%", "200%", "nan%", "2 boxes"})
    EXPECT_FALSE(parse_headroom(text)) << text;
}

}  // namespace
}  // namespace hakoban
