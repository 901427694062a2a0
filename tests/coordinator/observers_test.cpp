#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "coordinator/host_observer.h"
#include "coordinator/service_observer.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/fake_pools.h"
#include "tests/fakes/registry_values.h"

namespace hakoban {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Key;
using ::testing::UnorderedElementsAre;

class FakeCatalog final : public Ec2Catalog {
 public:
  Result<std::vector<Ec2Machine>> machines(const std::vector<std::string>& ids,
                                           const std::stop_token&) override {
    asked.push_back(ids);
    std::vector<Ec2Machine> found;
    for (const auto& id : ids)
      if (id != "i-unknown") found.push_back({id, "m5.large", "a", "10.0.0." + id.substr(2), "running", {}});
    return found;
  }
  Result<std::vector<Ec2Type>> types(const std::vector<std::string>& names, const std::stop_token&) override {
    types_asked.push_back(names);
    std::vector<Ec2Type> found;
    for (const auto& name : names) found.push_back({name, 2048, 8192, 0});
    return found;
  }
  Result<Ec2LaunchTemplate> launch_template(const std::string&, const std::stop_token&) override {
    ++templates_asked;
    return Ec2LaunchTemplate{"c5.large", true};
  }

  std::vector<std::vector<std::string>> asked;
  std::vector<std::vector<std::string>> types_asked;
  int templates_asked = 0;
};

struct ObserverTest : ::testing::Test {
  ObserverTest() {
    config.cluster = "prod";
    config.pools = {{PoolKind::spot_fleet, "sfr-1"}, {PoolKind::auto_scaling_group, "web"}};
    PoolStatus group;
    group.name = "web";
    group.max = 5;
    group.launch_template = "lt-1:$Default";
    group.members = {pool_member("i-1")};
    groups.pools["web"] = group;
    PoolStatus fleet;
    fleet.name = "sfr-1";
    fleet.spot = true;
    fleet.types = {{"m5.large", 1}};
    fleets.pools["sfr-1"] = fleet;
    ecs.all_instances = {ecs_instance("arn:1", "i-1", "ACTIVE", 2)};
  }
  void look() {
    if (!observer)
      observer = std::make_unique<HostObserver>(
          HostObserverPorts{ecs, placement, groups, fleets, ec2, needs, clock, board}, config, registry);
    observer->look({});
  }
  FleetSightings seen() { return board.sightings(30s); }

  CallLog log;
  FakeEcsFleet ecs;
  FakeEcsPlacement placement{log};
  FakePools groups{log, "asg"};
  FakePools fleets{log, "sfr"};
  FakeCatalog ec2;
  FakeClock clock;
  prometheus::Registry registry;
  FleetBoard board{"prod", clock};
  NeedCache needs{placement, clock};
  ObserverConfig config;
  std::unique_ptr<HostObserver> observer;
};

TEST(PoolNames, tell_their_kind) {
  EXPECT_EQ(*parse_pool_name("web"), (PoolName{PoolKind::auto_scaling_group, "web"}));
  EXPECT_EQ(*parse_pool_name("sfr-1"), (PoolName{PoolKind::spot_fleet, "sfr-1"}));
  EXPECT_EQ(*parse_pool_name("asg:sfr-like"), (PoolName{PoolKind::auto_scaling_group, "sfr-like"}));
  EXPECT_FALSE(parse_pool_name(""));
  EXPECT_FALSE(parse_pool_name("asg:"));
  EXPECT_FALSE(parse_pool_name("spotfleet:web"));
}

TEST_F(ObserverTest, sees_pools_in_the_order_of_the_settings_with_their_types_and_hosts) {
  look();
  const auto all = seen();
  ASSERT_EQ(all.pools.size(), 2U);
  EXPECT_EQ(all.pools[0].status.name, "sfr-1");
  EXPECT_EQ(all.pools[0].status.max, 10'000) << "a fleet knows no most: Amazon's own limit";
  EXPECT_EQ(all.pools[1].status.name, "web");
  EXPECT_EQ(all.pools[1].launch_template.instance_type, "c5.large");
  EXPECT_THAT(all.types, UnorderedElementsAre(Key("m5.large"), Key("c5.large")));
  EXPECT_EQ(all.machines.at("i-1").private_address, "10.0.0.1");
  EXPECT_EQ(all.instances.size(), 1U);
  EXPECT_EQ(all.instances_at, clock.now());
}

TEST_F(ObserverTest, asks_once_about_what_never_changes) {
  ecs.all_instances.push_back(ecs_instance("arn:2", "i-unknown"));
  for (int i = 0; i < 5; ++i) {
    look();
    clock.advance(5s);
  }
  EXPECT_EQ(ec2.types_asked.size(), 1U);
  EXPECT_EQ(ec2.templates_asked, 1);
  EXPECT_EQ(ec2.asked.size(), 2U) << "one that EC2 does not know is asked about once in a while";
  clock.advance(5min);
  look();
  EXPECT_EQ(ec2.templates_asked, 2) << "its default version may have changed";
}

TEST_F(ObserverTest, a_failed_look_leaves_what_was_seen_and_its_age) {
  look();
  const auto first = clock.now();
  clock.advance(1min);
  ecs.failing = Error{Errc::unavailable, "html"};
  groups.failing = Error{Errc::throttled, "Rate exceeded"};
  look();
  EXPECT_EQ(seen().instances_at, first);
  EXPECT_EQ(seen().pools_at, first);
  EXPECT_EQ(seen().instances.size(), 1U);
  EXPECT_THAT(seen().problems, UnorderedElementsAre(Key("instances"), Key("pools")));
  ecs.failing.reset();
  groups.failing.reset();
  look();
  EXPECT_EQ(seen().instances_at, clock.now());
  EXPECT_THAT(seen().problems, IsEmpty());
  EXPECT_EQ(value_in(registry, "hakoban_cluster_observation_failures_total", {{"part", "pools"}}), 1);
}

TEST_F(ObserverTest, a_pool_that_does_not_exist_is_missing_and_the_others_are_seen) {
  groups.pools.clear();
  look();
  ASSERT_EQ(seen().pools.size(), 1U);
  fleets.pools.clear();
  clock.advance(1min);
  look();
  EXPECT_EQ(seen().pools_at, clock.now() - 1min) << "none of them exists: that is no look";
}

TEST_F(ObserverTest, looks_at_the_tasks_that_sizing_asks_about_and_at_no_others) {
  placement.tasks["arn:1"] = {{"job", "d:1", "family:batch", "RUNNING", "RUNNING", {}, {}},
                              {"web", "d:1", "service:web", "RUNNING", "RUNNING", 512, 700},
                              {"kept", "d:1", "service:web", "RUNNING", "RUNNING", {}, {}},
                              {"daemon", "d:1", "service:agent", "RUNNING", "RUNNING", {}, {}}};
  placement.kept = {"kept"};
  placement.needs["d:1"].cpu = 100;
  SeenService daemon;
  daemon.status.name = "agent";
  daemon.status.scheduling_strategy = "DAEMON";
  board.change([&](FleetSightings& all) { all.services = {daemon}; });
  look();
  EXPECT_EQ(log.count("tasks_on arn:1"), 0);
  board.wish_to_see({"arn:1", "arn:gone"});
  look();
  EXPECT_EQ(log.count("need_of d:1"), 1) << "a revision never changes";
  const auto placed = seen().placed.at("arn:1");
  ASSERT_EQ(placed.size(), 4U);
  EXPECT_FALSE(placed[0].moves) << "a job is waited for";
  EXPECT_EQ(placed[0].need.cpu, 100);
  EXPECT_TRUE(placed[1].moves);
  EXPECT_EQ(placed[1].need.cpu, 512) << "overridden";
  EXPECT_FALSE(placed[2].moves) << "it protects itself";
  EXPECT_TRUE(placed[3].daemon);
  look();
  EXPECT_EQ(log.count("tasks_on arn:1"), 1) << "known for a while";
  clock.advance(11s);
  look();
  EXPECT_EQ(log.count("tasks_on arn:1"), 2);
}

TEST_F(ObserverTest, a_task_of_unknown_needs_leaves_its_host_unknown) {
  placement.tasks["arn:1"] = {{"job", "d:gone", "family:batch", "RUNNING", "RUNNING", {}, {}}};
  board.wish_to_see({"arn:1"});
  look();
  EXPECT_THAT(seen().placed, IsEmpty());
  EXPECT_EQ(seen().instances.size(), 1U);
}

struct ServicesTest : ObserverTest {
  ServicesTest() {
    EcsServiceStatus web;
    web.name = "web";
    web.status = "ACTIVE";
    web.launch_type = "EC2";
    web.task_definition_arn = "d:1";
    web.desired = 2;
    ecs.all_services = {web};
    placement.needs["d:1"].cpu = 256;
  }
  ServiceObserver services{{ecs, needs, clock, board}, "prod", 5s, registry};
};

TEST_F(ServicesTest, are_seen_at_once_and_then_what_their_tasks_need) {
  services.look_at_all({});
  ASSERT_EQ(seen().services.size(), 1U);
  EXPECT_FALSE(seen().services[0].need) << "hundreds of definitions must not hold up the look";
  services.learn_needs(clock.steady() + 5s, {});
  EXPECT_EQ(seen().services[0].need->cpu, 256);
  EXPECT_EQ(seen().services_at, clock.now());
}

TEST_F(ServicesTest, one_without_a_readable_definition_is_seen_without) {
  placement.needs.clear();
  services.look_at_all({});
  services.learn_needs(clock.steady() + 5s, {});
  EXPECT_FALSE(seen().services[0].need);
  services.learn_needs(clock.steady() + 5s, {});
  EXPECT_EQ(log.count("need_of d:1"), 1) << "not again at once";
  clock.advance(31s);
  services.learn_needs(clock.steady() + 5s, {});
  EXPECT_EQ(log.count("need_of d:1"), 2);
}

TEST_F(ServicesTest, definitions_of_services_short_of_tasks_are_read_first) {
  auto fine = ecs.all_services[0];
  fine.name = "fine";
  fine.running = fine.desired;
  fine.task_definition_arn = "d:2";
  ecs.all_services.insert(ecs.all_services.begin(), fine);
  placement.needs["d:2"].cpu = 1;
  services.look_at_all({});
  services.learn_needs(clock.steady(), {});  // time for one
  EXPECT_EQ(log.count("need_of d:1"), 1);
  EXPECT_EQ(log.count("need_of d:2"), 0);
  services.learn_needs(clock.steady(), {});
  EXPECT_EQ(log.count("need_of d:2"), 1);
}

TEST_F(ServicesTest, a_look_at_some_is_no_look_at_all) {
  services.look_at_all({});
  const auto first = clock.now();
  clock.advance(10s);
  ecs.all_services[0].desired = 5;
  services.look_at({"web"}, {});
  EXPECT_EQ(seen().services[0].status.desired, 5);
  EXPECT_EQ(seen().services_at, first);
}

}  // namespace
}  // namespace hakoban
