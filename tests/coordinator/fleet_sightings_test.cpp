#include "coordinator/fleet_sightings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fakes/fake_pools.h"

namespace hakoban {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

const TimePoint kNow{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23} + 12h};

struct Sightings : ::testing::Test {
  Sightings() {
    seen.cluster = "prod";
    seen.instances_at = seen.services_at = seen.pools_at = kNow;
    SeenPool pool;
    pool.status.name = "web";
    pool.status.target = 3;
    pool.status.max = 10;
    pool.status.types = {{"m5.large", 1}};
    seen.pools.push_back(pool);
  }
  PoolStatus& pool() { return seen.pools[0].status; }
  void host(const std::string& id, const std::string& status = "ACTIVE") {
    seen.instances.push_back(ecs_instance("arn:" + id, id, status));
    pool().members.push_back(pool_member(id));
  }

  FleetSightings seen;
};

TEST_F(Sightings, an_instance_belongs_to_the_pool_that_launched_it) {
  host("i-1");
  seen.instances.push_back(ecs_instance("arn:stranger", "i-9"));
  const auto snapshot = assemble(seen);
  ASSERT_EQ(snapshot.instances.size(), 2U);
  EXPECT_EQ(snapshot.instances[0].pool, "web");
  EXPECT_EQ(snapshot.instances[0].type, "m5.large");
  EXPECT_EQ(snapshot.instances[1].pool, "") << "of none that we size";
}

TEST_F(Sightings, what_has_not_registered_yet_is_booting_since_its_launch) {
  host("i-1");
  pool().members.push_back(pool_member("i-2"));
  seen.machines["i-2"] = {"i-2", "m5.large", "b", "10.0.0.2", "running", kNow - 30s};
  const auto made = assemble(seen).pools[0];
  EXPECT_EQ(made.fulfilled, 2);
  ASSERT_EQ(made.booting.size(), 1U);
  EXPECT_EQ(made.booting[0], (BootingInstance{"i-2", "m5.large", "a", kNow - 30s}));
}

TEST_F(Sightings, hosts_that_leave_are_told_apart) {
  host("i-1");
  host("i-2");
  host("i-3");
  pool().members[0].state = "Terminating:Wait";
  seen.reclaimed["i-2"] = kNow - 10s;
  const auto snapshot = assemble(seen);
  EXPECT_TRUE(snapshot.instances[0].leaving);
  EXPECT_TRUE(snapshot.instances[1].leaving);
  EXPECT_FALSE(snapshot.instances[2].leaving);
  EXPECT_EQ(snapshot.pools[0].fulfilled, 3);
  EXPECT_EQ(snapshot.pools[0].leaving, 2);
  EXPECT_THAT(snapshot.pools[0].booting, IsEmpty());
}

TEST_F(Sightings, only_a_drain_with_our_mark_is_ours) {
  host("i-1", "DRAINING");
  host("i-2", "DRAINING");
  host("i-3", "ACTIVE");
  seen.instances[0].attributes[kDrainedAt] = "2026-11-23T11:00:00.000Z";
  seen.instances[2].attributes[kDrainedAt] = "2026-11-23T11:00:00.000Z";
  const auto snapshot = assemble(seen);
  EXPECT_EQ(snapshot.instances[0].drained_at, kNow - 1h);
  EXPECT_FALSE(snapshot.instances[1].drained_at) << "its agent's, or an operator's";
  EXPECT_FALSE(snapshot.instances[2].drained_at) << "a mark left behind";
}

TEST_F(Sightings, our_own_actions_count_until_a_later_look_shows_them) {
  host("i-1");
  seen.own_targets["web"] = {7, kNow};
  seen.own_statuses["arn:i-1"] = {true, kDrainedAt, kNow};
  auto snapshot = assemble(seen);
  EXPECT_EQ(snapshot.pools[0].target, 7) << "the look began before it was set";
  EXPECT_EQ(snapshot.instances[0].state, InstanceState::draining);
  EXPECT_EQ(snapshot.instances[0].drained_at, kNow);
  seen.instances_at = seen.pools_at = kNow + 2s;
  snapshot = assemble(seen);
  EXPECT_EQ(snapshot.pools[0].target, 3) << "somebody set it back";
  EXPECT_EQ(snapshot.instances[0].state, InstanceState::active);
  forget_old(seen, kNow + 2s);
  EXPECT_THAT(seen.own_targets, IsEmpty());
  EXPECT_THAT(seen.own_statuses, IsEmpty());
}

TEST_F(Sightings, sizes_of_types_come_from_hosts_then_from_ec2) {
  pool().types = {{"m5.large", 1}, {"m5.xlarge", 2}, {"m5.huge", 3}};
  host("i-1");
  seen.types["m5.xlarge"] = {"m5.xlarge", 4096, 16000, 0};
  EXPECT_THAT(assemble(seen).pools[0].types,
              ElementsAre(PoolType{"m5.large", 1, 2048, 4096, 0}, PoolType{"m5.xlarge", 2, 4096, 14800, 0},
                          PoolType{"m5.huge", 3, 0, 0, 0}));
}

TEST_F(Sightings, a_group_of_a_launch_template_has_its_type_and_market) {
  pool().types.clear();
  seen.pools[0].launch_template = {"c5.large", true};
  const auto made = assemble(seen).pools[0];
  EXPECT_TRUE(made.spot);
  ASSERT_EQ(made.types.size(), 1U);
  EXPECT_EQ(made.types[0].name, "c5.large");
}

TEST_F(Sightings, what_tags_tell_is_known_to_every_coordinator) {
  pool().tags = {{kGrownAtTag, "2026-11-23T11:59:00Z"},
                 {kShrunkAtTag, "yesterday"},
                 {"hakoban:attribute:stack", "blue"}};
  const auto made = assemble(seen).pools[0];
  EXPECT_EQ(made.grown_at, kNow - 1min);
  EXPECT_FALSE(made.shrunk_at);
  EXPECT_THAT(made.attributes, ElementsAre(Pair("stack", "blue")));
}

TEST_F(Sightings, attributes_that_all_hosts_of_a_pool_share_are_the_pools) {
  host("i-1");
  host("i-2");
  for (auto& instance : seen.instances) instance.attributes["stack"] = "blue";
  seen.instances[0].attributes["color"] = "red";
  seen.instances[1].attributes[kDrainedAt] = "2026-11-23T11:00:00.000Z";
  EXPECT_THAT(assemble(seen).pools[0].attributes, ElementsAre(Pair("stack", "blue")));
}

TEST_F(Sightings, services_elsewhere_are_none_of_ours) {
  const auto add = [&](const std::string& name, const std::string& launch,
                       std::vector<std::string> providers = {}) {
    SeenService service;
    service.status.name = name;
    service.status.status = name == "gone" ? "INACTIVE" : "ACTIVE";
    service.status.launch_type = launch;
    service.status.capacity_providers = std::move(providers);
    service.need.emplace();
    service.status.distinct_instance = true;
    service.status.constraints = {"attribute:x exists"};
    seen.services.push_back(service);
  };
  add("web", "EC2");
  add("gone", "EC2");
  add("fargate", "FARGATE");
  add("mixed", "", {"FARGATE_SPOT", "ours"});
  add("spot", "", {"FARGATE_SPOT"});
  const auto snapshot = assemble(seen);
  ASSERT_EQ(snapshot.services.size(), 2U);
  EXPECT_EQ(snapshot.services[0].name, "web");
  EXPECT_EQ(snapshot.services[1].name, "mixed");
  EXPECT_TRUE(snapshot.services[0].need->distinct_instance);
  EXPECT_THAT(snapshot.services[0].need->constraints, ElementsAre("attribute:x exists"));
}

TEST_F(Sightings, what_ecs_said_of_a_service_lasts_while_it_is_short) {
  SeenService service;
  service.status.name = "web";
  service.status.status = "ACTIVE";
  service.status.launch_type = "EC2";
  service.status.desired = 2;
  seen.services = {service};
  seen.placement_failed["web"] = kNow;
  EXPECT_TRUE(assemble(seen).services[0].placement_failed);
  seen.services_at = kNow + 5s;
  forget_old(seen, kNow + 5s);
  EXPECT_TRUE(assemble(seen).services[0].placement_failed);
  seen.services[0].status.running = 2;
  forget_old(seen, kNow + 5s);
  EXPECT_FALSE(assemble(seen).services[0].placement_failed);
}

TEST_F(Sightings, a_pool_that_is_being_deleted_grows_no_more) {
  pool().active = false;
  EXPECT_EQ(assemble(seen).pools[0].max, 3);
}

TEST_F(Sightings, troubles_are_told_with_the_part_they_are_of) {
  seen.problems["services"] = "ThrottlingException";
  EXPECT_THAT(assemble(seen).problems, ElementsAre("services: ThrottlingException"));
}

}  // namespace
}  // namespace hakoban
