#include "coordinator/fleet_actor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fakes/fake_clock.h"
#include "tests/fakes/fake_pools.h"
#include "tests/fakes/registry_values.h"

namespace hakoban {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

struct ActorTest : ::testing::Test {
  ActorTest() {
    SeenPool group;
    group.status.name = "web";
    group.status.members = {pool_member("i-1"), pool_member("i-2")};
    SeenPool fleet;
    fleet.kind = PoolKind::spot_fleet;
    fleet.status.name = "sfr-1";
    fleet.status.members = {pool_member("i-3", 2)};
    seen.pools = {group, fleet};
    ecs.all_instances = {ecs_instance("arn:1", "i-1", "DRAINING"), ecs_instance("arn:2", "i-2", "DRAINING"),
                         ecs_instance("arn:3", "i-3", "DRAINING")};
    seen.instances = ecs.all_instances;
  }
  static PoolDecision of(const std::string& pool, std::int64_t current = 2, std::int64_t target = 2) {
    PoolDecision made;
    made.pool = pool;
    made.current = current;
    made.target = target;
    return made;
  }
  std::vector<ActionOutcome> act(const PoolDecision& pool, bool dry_run = false) {
    FleetActor actor{{ecs, placement, groups, fleets, clock, board}, "prod", dry_run, registry};
    FleetDecision decision;
    decision.pools = {pool};
    return actor.act(decision, seen, {});
  }
  FleetSightings told() { return board.sightings(1h); }

  CallLog log;
  FakeEcsFleet ecs;
  FakeEcsPlacement placement{log};
  FakePools groups{log, "asg"};
  FakePools fleets{log, "sfr"};
  FakeClock clock;
  FleetBoard board{"prod", clock};
  prometheus::Registry registry;
  FleetSightings seen;
};

TEST_F(ActorTest, grows_tags_the_time_and_counts_with_it_at_once) {
  EXPECT_THAT(act(of("web", 2, 5)), ElementsAre(ActionOutcome{"web", "grow", "5", ""}));
  EXPECT_THAT(log.all(), ElementsAre("asg grow web 2 5", "asg tag web hakoban:grown-at"));
  EXPECT_EQ(told().own_targets.at("web").target, 5);
}

TEST_F(ActorTest, a_growth_that_failed_counts_for_nothing) {
  groups.failing = Error{Errc::exists, "changed by another"};
  EXPECT_THAT(act(of("web", 2, 5)), ElementsAre(ActionOutcome{"web", "grow", "5", "changed by another"}));
  EXPECT_THAT(told().own_targets, IsEmpty());
  EXPECT_EQ(value_in(registry, "hakoban_fleet_actions_total", {{"outcome", "failed"}}), 1);
}

TEST_F(ActorTest, never_asks_for_less) {
  EXPECT_THAT(act(of("web", 5, 2))[0].error, Not(IsEmpty()));
  EXPECT_THAT(log.all(), IsEmpty());
}

TEST_F(ActorTest, marks_a_host_before_it_drains_it) {
  auto pool = of("web");
  pool.drain = {"arn:1"};
  act(pool);
  EXPECT_THAT(log.all(), ElementsAre("mark hakoban.drained-at arn:1", "DRAINING arn:1"));
  EXPECT_EQ(told().own_statuses.at("arn:1").attribute, kDrainedAt);
}

TEST_F(ActorTest, what_cannot_be_marked_is_not_drained) {
  placement.failing_attributes = Error{Errc::denied, "no"};
  auto pool = of("web");
  pool.drain = {"arn:1"};
  EXPECT_THAT(act(pool), ElementsAre(ActionOutcome{"web", "drain", "arn:1", "no"}));
  EXPECT_THAT(log.all(), Not(Contains("DRAINING arn:1")));
}

TEST_F(ActorTest, calls_back_before_it_buys) {
  auto pool = of("web", 2, 3);
  pool.undrain = {"arn:1"};
  act(pool);
  const auto calls = log.all();
  EXPECT_EQ(calls.front(), "ACTIVE arn:1");
  EXPECT_THAT(calls, Contains("unmark hakoban.drained-at arn:1"));
  EXPECT_EQ(calls.back(), "asg tag web hakoban:grown-at");
}

TEST_F(ActorTest, tells_which_of_several_ecs_refused) {
  placement.refusals["arn:2"] = "INACTIVE";
  auto pool = of("web");
  pool.undrain = {"arn:1", "arn:2"};
  EXPECT_THAT(act(pool), ElementsAre(ActionOutcome{"web", "undrain", "arn:1", ""},
                                     ActionOutcome{"web", "undrain", "arn:2", "INACTIVE"}));
}

TEST_F(ActorTest, terminates_in_its_group_and_counts_the_target_down) {
  auto pool = of("web");
  pool.terminate = {"arn:1"};
  EXPECT_THAT(act(pool), ElementsAre(ActionOutcome{"web", "terminate", "arn:1", ""}));
  EXPECT_THAT(log.all(), ElementsAre("asg terminate web i-1", "asg tag web hakoban:shrunk-at"));
  EXPECT_EQ(told().own_targets.at("web").target, 1);
  EXPECT_TRUE(told().own_terminations.contains("i-1"));
}

TEST_F(ActorTest, releases_from_its_fleet_once_and_by_weight) {
  auto pool = of("sfr-1", 4, 4);
  pool.terminate = {"arn:3"};
  act(pool);
  EXPECT_THAT(log.all(), ElementsAre("sfr release sfr-1 i-3", "mark hakoban.released-at arn:3",
                                     "sfr terminate sfr-1 i-3", "sfr tag sfr-1 hakoban:shrunk-at"));
  EXPECT_EQ(told().own_targets.at("sfr-1").target, 2);
}

TEST_F(ActorTest, what_another_coordinator_released_is_not_released_again) {
  ecs.all_instances[2].attributes[kReleasedAt] = "2026-11-23T12:00:00.000Z";
  auto pool = of("sfr-1", 4, 4);
  pool.terminate = {"arn:3"};
  act(pool);
  EXPECT_EQ(log.count("sfr release sfr-1 i-3"), 0);
  EXPECT_EQ(log.count("sfr terminate sfr-1 i-3"), 1);
}

TEST_F(ActorTest, a_host_with_tasks_by_now_is_not_terminated) {
  ecs.all_instances[0].running_tasks = 1;
  ecs.all_instances[1].status = "ACTIVE";
  auto pool = of("web");
  pool.terminate = {"arn:1", "arn:2", "arn:gone"};
  const auto outcomes = act(pool);
  ASSERT_EQ(outcomes.size(), 3U);
  for (const auto& outcome : outcomes) EXPECT_THAT(outcome.error, Not(IsEmpty())) << outcome.subject;
  EXPECT_THAT(log.all(), IsEmpty());
}

TEST_F(ActorTest, nothing_is_terminated_on_an_answer_that_failed) {
  ecs.failing = Error{Errc::unavailable, "500"};
  auto pool = of("web");
  pool.terminate = {"arn:1"};
  EXPECT_THAT(act(pool), ElementsAre(ActionOutcome{"web", "terminate", "arn:1", "500"}));
  EXPECT_THAT(log.all(), IsEmpty());
}

TEST_F(ActorTest, a_dry_run_calls_nothing) {
  auto pool = of("web", 2, 5);
  pool.drain = {"arn:1"};
  pool.undrain = {"arn:2"};
  pool.terminate = {"arn:1"};
  EXPECT_EQ(act(pool, true).size(), 4U);
  EXPECT_THAT(log.all(), IsEmpty());
  EXPECT_THAT(told().own_targets, IsEmpty());
  EXPECT_EQ(value_in(registry, "hakoban_fleet_actions_total", {{"outcome", "dry_run"}}), 4);
}

TEST_F(ActorTest, takes_marks_left_behind_off_hosts_at_work) {
  seen.instances = {ecs_instance("arn:1", "i-1", "ACTIVE"), ecs_instance("arn:2", "i-2", "DRAINING")};
  for (auto& instance : seen.instances) instance.attributes[kDrainedAt] = "2026-11-23T12:00:00.000Z";
  FleetActor actor{{ecs, placement, groups, fleets, clock, board}, "prod", false, registry};
  actor.tidy(seen, {});
  EXPECT_THAT(log.all(), ElementsAre("unmark hakoban.drained-at arn:1"));
}

}  // namespace
}  // namespace hakoban
