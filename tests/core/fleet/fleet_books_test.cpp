#include <gtest/gtest.h>

#include "core/fleet/constraint.h"
#include "core/fleet/fleet_marks.h"
#include "core/fleet/waiting_jobs.h"
#include "tests/fakes/fleet_cluster.h"

namespace hakoban {
namespace {

const TaskNeed kNeed = FleetCluster::need(100, 100);

TEST(WaitingJobs, a_repeated_message_is_one_job) {
  WaitingJobs jobs;
  EXPECT_TRUE(jobs.hear("a", "", kNeed, kFleetNoon));
  EXPECT_TRUE(jobs.hear("a", "", kNeed, kFleetNoon + 10s));
  const auto got = jobs.waiting(kFleetNoon + 11s, 30s);
  ASSERT_EQ(got.size(), 1U);
  EXPECT_EQ(got[0].first_heard, kFleetNoon);
  EXPECT_EQ(got[0].last_heard, kFleetNoon + 10s);
}

TEST(WaitingJobs, a_message_that_comes_late_does_not_make_a_job_younger) {
  WaitingJobs jobs;
  jobs.hear("a", "", FleetCluster::need(200, 200), kFleetNoon);
  jobs.hear("a", "", kNeed, kFleetNoon - 20s);
  const auto got = jobs.waiting(kFleetNoon, 30s);
  ASSERT_EQ(got.size(), 1U);
  EXPECT_EQ(got[0].last_heard, kFleetNoon);
  EXPECT_EQ(got[0].need.cpu, 200);
}

TEST(WaitingJobs, a_silent_one_is_forgotten) {
  WaitingJobs jobs;
  jobs.hear("a", "", kNeed, kFleetNoon);
  EXPECT_TRUE(jobs.waiting(kFleetNoon + 30s, 30s).empty());
  jobs.hear("a", "", kNeed, kFleetNoon + 40s);
  EXPECT_EQ(jobs.waiting(kFleetNoon + 41s, 30s).at(0).first_heard, kFleetNoon + 40s);
}

TEST(WaitingJobs, a_flood_of_ids_is_refused) {
  WaitingJobs jobs;
  for (int i = 0; i < 20'000; ++i) ASSERT_TRUE(jobs.hear(std::to_string(i), "", kNeed, kFleetNoon));
  EXPECT_FALSE(jobs.hear("one too many", "", kNeed, kFleetNoon));
  EXPECT_TRUE(jobs.hear("7", "", kNeed, kFleetNoon)) << "those known are still heard";
}

TEST(WaitingJobs, learn_their_callers_rhythm) {
  WaitingJobs jobs;
  jobs.hear("a", "", kNeed, kFleetNoon);
  EXPECT_EQ(jobs.waiting(kFleetNoon, 1min).at(0).every, 10s);
  jobs.hear("a", "", kNeed, kFleetNoon + 20s);
  jobs.hear("a", "", kNeed, kFleetNoon + 20s + 5ms);
  EXPECT_EQ(jobs.waiting(kFleetNoon + 20s, 1min).at(0).every, 20s) << "not that of a message delivered twice";
}

TEST(FleetMarks, remembers_since_when_a_service_is_short_and_forgets_when_it_is_not) {
  FleetMarks marks{kFleetNoon};
  FleetCluster cluster;
  cluster.service("api", 1, kNeed).short_since.reset();
  auto snapshot = cluster.snapshot;
  marks.apply(snapshot, cluster.policy, kFleetNoon);
  snapshot = cluster.snapshot;
  marks.apply(snapshot, cluster.policy, kFleetNoon + 5s);
  EXPECT_EQ(snapshot.services[0].short_since, kFleetNoon);

  auto met = cluster.snapshot;
  met.services[0].pending = 1;
  marks.apply(met, cluster.policy, kFleetNoon + 10s);
  EXPECT_FALSE(met.services[0].short_since);
  snapshot = cluster.snapshot;
  marks.apply(snapshot, cluster.policy, kFleetNoon + 15s);
  EXPECT_EQ(snapshot.services[0].short_since, kFleetNoon + 15s);
}

TEST(FleetMarks, a_pool_is_low_when_cpu_and_memory_both_are) {
  FleetMarks marks{kFleetNoon};
  FleetCluster cluster;
  cluster.pool("web").instances(2, 600, 100);
  marks.apply(cluster.snapshot, cluster.policy, kFleetNoon);
  EXPECT_EQ(cluster.last_pool().low_since, kFleetNoon);
  cluster.last_pool().low_since.reset();
  for (auto& instance : cluster.snapshot.instances) instance.memory_left = 100;
  marks.apply(cluster.snapshot, cluster.policy, kFleetNoon + 5s);
  EXPECT_FALSE(cluster.last_pool().low_since);
}

TEST(FleetMarks, a_gap_in_what_was_seen_begins_the_low_time_anew) {
  FleetMarks marks{kFleetNoon};
  FleetCluster cluster;
  cluster.pool("web").instances(2, 100, 100);
  marks.apply(cluster.snapshot, cluster.policy, kFleetNoon);
  marks.apply(cluster.snapshot, cluster.policy, kFleetNoon + 10min);
  EXPECT_EQ(cluster.last_pool().low_since, kFleetNoon + 10min);
}

TEST(FleetMarks, a_coordinator_that_begins_anew_waits_out_the_cooldown) {
  FleetMarks marks{kFleetNoon};
  FleetCluster cluster;
  cluster.pool("web").last_pool().shrunk_at.reset();
  marks.apply(cluster.snapshot, cluster.policy, kFleetNoon + 5s);
  EXPECT_EQ(cluster.last_pool().shrunk_at, kFleetNoon);
  marks.shrank("web", kFleetNoon + 1min);
  marks.grew("web", kFleetNoon + 2min);
  marks.apply(cluster.snapshot, cluster.policy, kFleetNoon + 3min);
  EXPECT_EQ(cluster.last_pool().shrunk_at, kFleetNoon + 1min);
  EXPECT_EQ(cluster.last_pool().grown_at, kFleetNoon + 2min);
}

TEST(FleetMarks, tells_how_long_instances_boot_and_units_are_owed) {
  FleetMarks marks{kFleetNoon};
  FleetCluster cluster;
  cluster.pool("web").booting();
  cluster.last_pool().booting[0].since = {};
  cluster.last_pool().target = 5;
  auto first = cluster.snapshot;
  marks.apply(first, cluster.policy, kFleetNoon);
  marks.apply(cluster.snapshot, cluster.policy, kFleetNoon + 20s);
  EXPECT_EQ(cluster.last_pool().booting[0].since, kFleetNoon);
  EXPECT_EQ(cluster.last_pool().unlaunched_since, kFleetNoon);
}

TEST(FleetMarks, a_pool_that_owes_units_but_launches_others_delivers) {
  FleetMarks marks{kFleetNoon};
  FleetCluster cluster;
  cluster.pool("web").last_pool().target = 5;
  for (int minute = 0; minute < 4; ++minute) {
    auto snapshot = cluster.snapshot;
    snapshot.pools[0].fulfilled = std::min(minute, 2);
    marks.apply(snapshot, cluster.policy, kFleetNoon + minute * 1min);
    EXPECT_EQ(snapshot.pools[0].unlaunched_since, kFleetNoon + std::min(minute, 2) * 1min);
  }
}

TEST(FleetMarks, what_aws_remembers_is_kept_when_it_is_later) {
  FleetMarks marks{kFleetNoon};
  FleetCluster cluster;
  cluster.pool("web").booting().instance(0, 0).stayed_at = kFleetNoon - 1h;
  cluster.last_pool().booting[0].since = kFleetNoon - 5min;
  cluster.last_pool().shrunk_at = kFleetNoon + 1min;
  cluster.last_pool().grown_at = kFleetNoon - 1min;
  marks.grew("web", kFleetNoon - 2min);
  marks.apply(cluster.snapshot, cluster.policy, kFleetNoon + 2min);
  EXPECT_EQ(cluster.last_pool().shrunk_at, kFleetNoon + 1min);
  EXPECT_EQ(cluster.last_pool().grown_at, kFleetNoon - 1min);
  EXPECT_EQ(cluster.last_pool().booting[0].since, kFleetNoon - 5min);
  EXPECT_EQ(cluster.snapshot.instances[0].stayed_at, kFleetNoon - 1h);
}

TEST(FleetMarks, tells_since_when_an_agent_is_gone_and_which_hosts_stayed) {
  FleetMarks marks{kFleetNoon};
  FleetCluster cluster;
  cluster.pool("web").instance(0, 0).connected = false;
  marks.stayed("instance-1", kFleetNoon);
  for (const auto when : {kFleetNoon, kFleetNoon + 30s}) {
    auto snapshot = cluster.snapshot;
    marks.apply(snapshot, cluster.policy, when);
    EXPECT_EQ(snapshot.instances[0].disconnected_since, kFleetNoon);
    EXPECT_EQ(snapshot.instances[0].stayed_at, kFleetNoon);
  }
}

TEST(FleetMarks, tells_since_when_something_waits_beside_room) {
  FleetMarks marks{kFleetNoon};
  FleetCluster cluster;
  cluster.pool("web").instance(0, 0);
  cluster.job("1", kNeed);
  cluster.service("api", 1, kNeed).placement_failed = true;
  marks.note(cluster.decide(), kFleetNoon);
  marks.note(cluster.decide(), kFleetNoon + 10s);
  marks.apply(cluster.snapshot, cluster.policy, kFleetNoon + 15s);
  EXPECT_EQ(cluster.snapshot.jobs[0].room_since, kFleetNoon);
  EXPECT_EQ(cluster.snapshot.services[0].room_since, kFleetNoon);
}

struct ScheduleCase {
  std::string name;
  Schedule schedule;
  TimePoint local;
  bool holds;
};

class ScheduleHolds : public testing::TestWithParam<ScheduleCase> {};

TEST_P(ScheduleHolds, then) {
  EXPECT_EQ(holds_at(GetParam().schedule, GetParam().local), GetParam().holds);
}

constexpr unsigned kMonday = 0b0000010;

INSTANTIATE_TEST_SUITE_P(
    Fleet, ScheduleHolds,
    testing::Values(
        ScheduleCase{"within_its_hours", {kMonday, 11h, 13h, {}, {}, {}}, kFleetNoon, true},
        ScheduleCase{"from_its_first_minute", {kMonday, 12h, 13h, {}, {}, {}}, kFleetNoon, true},
        ScheduleCase{"not_at_its_end", {kMonday, 11h, 12h, {}, {}, {}}, kFleetNoon, false},
        ScheduleCase{"not_on_another_day", {0b0000100, 11h, 13h, {}, {}, {}}, kFleetNoon, false},
        ScheduleCase{"over_midnight_in_the_evening", {kMonday, 22h, 2h, {}, {}, {}}, kFleetNoon + 11h, true},
        ScheduleCase{
            "over_midnight_in_the_next_morning", {kMonday, 22h, 2h, {}, {}, {}}, kFleetNoon + 13h, true},
        ScheduleCase{
            "not_in_the_morning_of_its_own_day", {kMonday, 22h, 2h, {}, {}, {}}, kFleetNoon - 11h, false},
        ScheduleCase{"all_day_by_default", {}, kFleetNoon, true}),
    [](const auto& each) { return each.param.name; });

struct ConstraintCase {
  std::string name;
  std::string expression;
  Verdict verdict;
};

class ConstraintHolds : public testing::TestWithParam<ConstraintCase> {};

TEST_P(ConstraintHolds, as_told) {
  const Attributes attributes{{"ecs.instance-type", "c5.large"}, {"tier", "front"}, {"gpu", ""}};
  EXPECT_EQ(Constraint{GetParam().expression}.holds(attributes), GetParam().verdict) << GetParam().expression;
}

INSTANTIATE_TEST_SUITE_P(
    Fleet, ConstraintHolds,
    testing::Values(
        ConstraintCase{"equals", "attribute:tier == front", Verdict::yes},
        ConstraintCase{"equals_in_words", "attribute:tier equals back", Verdict::no},
        ConstraintCase{"without_blanks", "attribute:tier==front", Verdict::yes},
        ConstraintCase{"not_equals", "attribute:tier != back", Verdict::yes},
        ConstraintCase{"one_of", "attribute:tier in [back, front]", Verdict::yes},
        ConstraintCase{"none_of", "attribute:tier !in [back,front]", Verdict::no},
        ConstraintCase{"none_of_in_words", "attribute:tier not_in [back]", Verdict::yes},
        ConstraintCase{"a_pattern", "attribute:ecs.instance-type =~ c5.*", Verdict::yes},
        ConstraintCase{"a_pattern_with_a_group", "attribute:ecs.instance-type =~ (c5|m5).*", Verdict::yes},
        ConstraintCase{"a_pattern_in_a_group", "(attribute:ecs.instance-type =~ m5.*)", Verdict::no},
        ConstraintCase{"not_a_pattern", "attribute:ecs.instance-type !~ c5.*", Verdict::no},
        ConstraintCase{"exists", "attribute:gpu exists", Verdict::yes},
        ConstraintCase{"does_not_exist", "attribute:gpu !exists", Verdict::no},
        ConstraintCase{"both", "attribute:gpu exists and attribute:tier == front", Verdict::yes},
        ConstraintCase{"either", "attribute:tier == back || attribute:tier == front", Verdict::yes},
        ConstraintCase{"not", "not(attribute:tier == front)", Verdict::no},
        ConstraintCase{"and_binds_more_than_or",
                       "attribute:tier == front or attribute:a == b and attribute:c == d", Verdict::yes},
        ConstraintCase{"a_missing_attribute_is_not_equal", "attribute:none == x", Verdict::no},
        ConstraintCase{"task_groups_are_not_known", "task:group == service:web", Verdict::unknown},
        ConstraintCase{"what_is_not_known_does_not_matter_beside_a_no",
                       "task:group == service:web and attribute:tier == back", Verdict::no},
        ConstraintCase{"versions_are_not_judged", "agentVersion >= 1.50.0", Verdict::unknown},
        ConstraintCase{"half_an_expression", "attribute:tier ==", Verdict::unknown},
        ConstraintCase{"a_bracket_too_few", "(attribute:tier == front", Verdict::unknown},
        ConstraintCase{"words_too_many", "attribute:tier == front back", Verdict::unknown},
        ConstraintCase{"a_broken_pattern", "attribute:tier =~ [", Verdict::unknown},
        ConstraintCase{"nothing", "", Verdict::unknown}),
    [](const auto& each) { return each.param.name; });

}  // namespace
}  // namespace hakoban
