#include "coordinator/sizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fakes/fake_clock.h"
#include "tests/fakes/fake_pools.h"

namespace hakoban {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct KeepingSink final : DecisionSink {
  void record(const DecisionRecord& record) override { records.push_back(record); }
  std::vector<DecisionRecord> records;
};

// A lease that a test gives and takes.
class SwitchStore final : public LeaseStore {
 public:
  Result<std::optional<LeaseRecord>> read(const std::stop_token&) override {
    return std::optional<LeaseRecord>{};
  }
  Result<std::string> write(const std::string&, const std::optional<std::string>&,
                            const std::stop_token&) override {
    if (!given) return Error{Errc::exists, "another's"};
    return std::string{"1"};
  }
  std::string name() const override { return "switch"; }
  bool given = true;
};

struct SizerTest : ::testing::Test {
  SizerTest() {
    lease.keep({});
    see();
  }
  void see() {
    board.change([&](FleetSightings& all) {
      SeenPool pool;
      pool.status.name = "web";
      pool.status.max = 10;
      pool.status.types = {{"m5.large", 1}};
      all.pools = {pool};
      all.types["m5.large"] = {"m5.large", 2048, 8192, 0};
      all.pools_at = all.instances_at = all.services_at = clock.now();
    });
  }
  void hear() {
    TaskNeed need;
    need.cpu = 256;
    need.memory = 512;
    board.hear_job("job", "", need, clock.now());
  }
  void turn() { sizer.turn({}); }

  CallLog log;
  FakeEcsFleet ecs;
  FakeEcsPlacement placement{log};
  FakePools groups{log, "asg"};
  FakePools fleets{log, "sfr"};
  FakeClock clock;
  prometheus::Registry registry;
  FleetBoard board{"prod", clock};
  FleetActor actor{{ecs, placement, groups, fleets, clock, board}, "prod", false, registry};
  SwitchStore store;
  Lease lease{&store, clock, registry, {"me", 15s}};
  KeepingSink sink;
  Latest<FleetView> views;
  ClusterGauges gauges{registry};
  Sizer sizer{{board, actor, lease, sink, views, gauges, clock}, {{}, false, "me"}};
};

TEST_F(SizerTest, decides_acts_records_and_shows) {
  hear();
  turn();
  EXPECT_THAT(log.all(), ElementsAre("asg grow web 0 1", "asg tag web hakoban:grown-at"));
  ASSERT_EQ(sink.records.size(), 1U);
  EXPECT_EQ(sink.records[0].holder, "me");
  EXPECT_THAT(sink.records[0].outcomes, ElementsAre(ActionOutcome{"web", "grow", "1", ""}));
  EXPECT_EQ(sink.records[0].decision.pools[0].target, 1);
  EXPECT_TRUE(views.get()->leader);
  EXPECT_EQ(views.get()->snapshot.cluster, "prod");
}

TEST_F(SizerTest, buys_once_although_the_pools_have_not_been_looked_at_again) {
  hear();
  turn();
  turn();
  turn();
  EXPECT_EQ(log.count("asg grow web 0 1"), 1);
  EXPECT_EQ(log.all().size(), 2U);
}

TEST_F(SizerTest, asks_for_a_look_out_of_turn_when_who_waits_seems_to_have_room) {
  board.change([&](FleetSightings& all) {
    all.instances = {ecs_instance("arn:1", "i-1")};
    all.pools[0].status.members = {pool_member("i-1")};
    all.pools[0].status.target = 1;
  });
  turn();
  EXPECT_FALSE(board.hosts_asked_about());
  clock.advance(1s);
  hear();
  turn();
  EXPECT_TRUE(board.hosts_asked_about());
  board.wait_for_question_about_hosts(0s, {});
  EXPECT_FALSE(board.hosts_asked_about()) << "taken up";
  EXPECT_THAT(log.all(), IsEmpty());
}

struct ShortService : SizerTest {
  void see_service(TimePoint at) {
    board.change([&](FleetSightings& all) {
      SeenService web;
      web.status.name = "web";
      web.status.status = "ACTIVE";
      web.status.launch_type = "EC2";
      web.status.desired = 1;
      web.need.emplace();
      web.need->cpu = 256;
      web.need->memory = 512;
      web.at = at;
      all.services = {web};
      all.placement_failed["web"] = clock.now();
    });
  }
};

TEST_F(ShortService, is_looked_at_again_when_the_hosts_were_seen_later) {
  see_service(clock.now() - 1s);
  turn();
  EXPECT_THAT(log.all(), IsEmpty()) << "its task may have taken the room since";
  EXPECT_THAT(board.take_services_asked_about(0s, {}), ElementsAre("web"));
  see_service(clock.now());
  turn();
  EXPECT_EQ(log.count("asg grow web 0 1"), 1);
}

TEST_F(ShortService, is_not_waited_for_for_ever) {
  see_service(clock.now() - 1s);
  for (int i = 0; i < 3; ++i) {
    turn();
    clock.advance(1s);
  }
  EXPECT_EQ(log.count("asg grow web 0 1"), 0);
  turn();
  EXPECT_EQ(log.count("asg grow web 0 1"), 1);
}

TEST_F(SizerTest, a_stand_by_sees_and_does_nothing) {
  store.given = false;
  clock.advance(1h);
  lease.keep({});
  see();
  hear();
  turn();
  EXPECT_THAT(log.all(), IsEmpty());
  EXPECT_THAT(sink.records, IsEmpty());
  EXPECT_FALSE(views.get()->leader);
}

TEST_F(SizerTest, holds_on_what_it_has_not_seen_lately) {
  clock.advance(2min);
  store.given = true;
  lease.keep({});
  lease.keep({});
  hear();
  turn();
  EXPECT_THAT(log.all(), IsEmpty());
  ASSERT_FALSE(sink.records.empty());
  EXPECT_NE(sink.records.back().decision.hold, "");
}

TEST_F(SizerTest, who_begins_to_act_waits_out_the_full_times_before_it_shrinks) {
  const auto quiet = [&] {
    board.change([&](FleetSightings& all) {
      all.instances = {ecs_instance("arn:1", "i-1"), ecs_instance("arn:2", "i-2")};
      all.pools[0].status.members = {pool_member("i-1"), pool_member("i-2")};
      all.pools[0].status.target = 2;
      all.pools_at = all.instances_at = all.services_at = clock.now();
    });
    lease.keep({});
    turn();
  };
  for (int i = 0; i < 120; ++i) {  // ten minutes, a look each five seconds
    quiet();
    ASSERT_EQ(log.count("DRAINING arn:1") + log.count("DRAINING arn:2"), 0) << i * 5 << " s";
    clock.advance(5s);
  }
  quiet();
  EXPECT_EQ(log.count("DRAINING arn:1") + log.count("DRAINING arn:2"), 1);
}

}  // namespace
}  // namespace hakoban
