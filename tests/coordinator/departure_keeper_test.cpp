#include "coordinator/departure_keeper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fakes/fake_clock.h"
#include "tests/fakes/fake_pools.h"
#include "tests/fakes/registry_values.h"

namespace hakoban {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

class FakeHooks final : public LifecycleHooks {
 public:
  explicit FakeHooks(CallLog& log) : log_(log) {}
  Result<std::vector<LifecycleHook>> terminating_hooks(const std::string&, const std::stop_token&) override {
    return hooks;
  }
  Result<void> complete(const std::string& group, const std::string& hook, const std::string& id,
                        const std::stop_token&) override {
    log_.add("complete " + group + " " + hook + " " + id);
    return {};
  }
  Result<void> heartbeat(const std::string& group, const std::string& hook, const std::string& id,
                         const std::stop_token&) override {
    log_.add("heartbeat " + group + " " + hook + " " + id);
    return {};
  }

  std::vector<LifecycleHook> hooks{{"out", 2min}};

 private:
  CallLog& log_;
};

class FakeControl final : public EcsControl {
 public:
  explicit FakeControl(CallLog& log) : log_(log) {}
  Result<void> set_instance_status(const std::string&, const std::string&, std::string_view,
                                   const std::stop_token&) override {
    return {};
  }
  Result<std::string> instance_status(const std::string&, const std::string&,
                                      const std::stop_token&) override {
    return std::string{"ACTIVE"};
  }
  Result<void> stop_task(const std::string&, const std::string& arn, std::string_view,
                         const std::stop_token&) override {
    log_.add("stop " + arn);
    if (failing) return *failing;
    return {};
  }

  std::optional<Error> failing;

 private:
  CallLog& log_;
};

struct KeeperTest : ::testing::Test {
  KeeperTest() {
    placement.tasks["arn:1"] = {{"job", "d:1", "family:batch", "RUNNING", "RUNNING", {}, {}},
                                {"web", "d:2", "service:web", "RUNNING", "RUNNING", {}, {}}};
  }
  // What the world shows of the one host.
  void show(const std::string& status, std::int64_t tasks, const std::string& state = "InService",
            const char* mark = nullptr) {
    board.change([&](FleetSightings& seen) {
      SeenPool pool;
      pool.status.name = "web";
      pool.status.members = {pool_member("i-1", 1, state)};
      seen.pools = {pool};
      seen.instances = {ecs_instance("arn:1", "i-1", status, tasks)};
      seen.instances_at = seen.pools_at = clock.now();
      if (mark != nullptr) seen.instances[0].attributes[mark] = "x";
    });
  }
  void reclaim() {
    board.change([&](FleetSightings& seen) { seen.reclaimed["i-1"] = clock.now(); });
  }
  void later(Duration time) {
    clock.advance(time);
    board.change([&](FleetSightings& seen) { seen.instances_at = seen.pools_at = clock.now(); });
    keeper.turn({});
  }

  CallLog log;
  FakeEcsPlacement placement{log};
  FakeControl control{log};
  FakeHooks hooks{log};
  FakeClock clock;
  prometheus::Registry registry;
  FleetBoard board{"prod", clock};
  Lease lease{nullptr, clock, registry, {"me", 15s}};
  DepartureKeeper keeper{{placement, control, hooks, lease, clock, board}, "prod", {}, registry};
};

TEST_F(KeeperTest, drains_a_reclaimed_host_whose_agent_does_not_and_stops_its_jobs) {
  show("ACTIVE", 2);
  reclaim();
  keeper.turn({});
  EXPECT_THAT(log.all(), IsEmpty()) << "the agent's turn";
  later(11s);
  EXPECT_THAT(log.all(), ElementsAre("mark hakoban.taken-over-at arn:1", "DRAINING arn:1"));
  show("DRAINING", 2, "InService", kTakenOverAt);
  later(1s);
  later(1s);
  EXPECT_EQ(log.count("stop job"), 1);
  EXPECT_EQ(log.count("stop web"), 0) << "ECS moves it";
  later(80s);
  EXPECT_EQ(log.count("stop web"), 1);
}

TEST_F(KeeperTest, a_stop_that_failed_is_tried_again) {
  show("DRAINING", 2, "InService", kTakenOverAt);
  reclaim();
  control.failing = Error{Errc::throttled, "too many"};
  later(11s);
  later(1s);
  EXPECT_EQ(log.count("stop job"), 2);
  control.failing.reset();
  later(1s);
  later(1s);
  EXPECT_EQ(log.count("stop job"), 3);
}

TEST_F(KeeperTest, leaves_to_an_agent_what_it_drains) {
  show("DRAINING", 2);
  reclaim();
  later(11s);
  later(60s);
  EXPECT_THAT(log.all(), IsEmpty());
}

TEST_F(KeeperTest, holds_a_host_while_its_tasks_run_and_lets_it_go_after) {
  show("ACTIVE", 1, "Terminating:Wait");
  keeper.turn({});
  later(11s);
  EXPECT_THAT(log.all(), Contains("DRAINING arn:1"));
  show("DRAINING", 1, "Terminating:Wait", kTakenOverAt);
  later(60s);
  EXPECT_EQ(log.count("heartbeat web out i-1"), 1);
  later(10s);
  EXPECT_EQ(log.count("heartbeat web out i-1"), 1);
  show("DRAINING", 0, "Terminating:Wait", kTakenOverAt);
  later(1s);
  EXPECT_EQ(log.count("complete web out i-1"), 1);
  EXPECT_EQ(log.count("stop job"), 0) << "nothing takes the host: its job may end";
}

TEST_F(KeeperTest, completes_no_hook_that_may_be_anothers) {
  hooks.hooks = {{"out", 2min}, {"theirs", 2min}};
  show("DRAINING", 0, "Terminating:Wait");
  keeper.turn({});
  later(61s);
  EXPECT_THAT(log.all(), Not(Contains("complete web out i-1")));
  EXPECT_GE(
      value_in(registry, "hakoban_departure_steps_total", {{"step", "complete"}, {"outcome", "failed"}}), 1);
}

TEST_F(KeeperTest, does_nothing_in_a_dry_run_but_say_so_once) {
  DepartureKeeper dry{{placement, control, hooks, lease, clock, board}, "prod", {{}, "", true}, registry};
  show("ACTIVE", 2);
  reclaim();
  clock.advance(11s);
  dry.turn({});
  dry.turn({});
  EXPECT_THAT(log.all(), IsEmpty());
  EXPECT_EQ(value_in(registry, "hakoban_departure_steps_total", {{"outcome", "dry_run"}}), 1);
}

}  // namespace
}  // namespace hakoban
