#include "handlers/drain/shared_calls.h"

#include <deque>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fakes/fake_clock.h"
#include "tests/fakes/fake_ecs_control.h"
#include "tests/fakes/fake_load_balancers.h"
#include "tests/fakes/registry_values.h"

namespace hakoban {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class FakeDesk final : public DrainDeskPort {
 public:
  [[nodiscard]] Result<DeskAnswer> ask(const DeskRequest& request, const std::stop_token& stop) override {
    if (stop.stop_requested()) return Error{Errc::cancelled, "stopped"};
    asked.push_back(request);
    if (on_ask) on_ask();
    if (script.empty()) return DeskAnswer{DeskStanding::done, std::nullopt};
    auto next = script.front();
    script.pop_front();
    return next;
  }

  std::deque<Result<DeskAnswer>> script;
  std::vector<DeskRequest> asked;
  std::function<void()> on_ask;
};

const std::vector<TargetRef> kTargets = {{"arn:web", "i-1", 80}, {"arn:web", "i-1", 81}};
const DeskAnswer kPending{DeskStanding::pending, std::nullopt};

struct SharedCallsTest : ::testing::Test {
  Result<void> deregister(const std::stop_token& stop = {}) {
    return balancers.deregister_targets("arn:web", kTargets, stop);
  }
  [[nodiscard]] double counted(const std::string& outcome) const {
    return value_in(registry, "hakoban_drain_shared_calls_total", {{"outcome", outcome}});
  }

  CallLog log;
  FakeClock clock;
  FakeDesk desk;
  prometheus::Registry registry;
  SharedCalls shared{desk, clock, registry, [] { return 0.5; }};
  FakeEcsControl direct_ecs{log};
  FakeLoadBalancers direct_balancers{log};
  SharedEcsControl ecs{shared, direct_ecs};
  SharedLoadBalancers balancers{shared, direct_balancers};
};

TEST_F(SharedCallsTest, asks_under_one_id_until_it_is_done) {
  desk.script = {kPending, kPending};
  EXPECT_TRUE(deregister());
  ASSERT_THAT(desk.asked, SizeIs(3));
  EXPECT_EQ(desk.asked[0].items, (std::vector<DeskItem>{{"", "", kTargets[0]}, {"", "", kTargets[1]}}));
  EXPECT_EQ(desk.asked[0], desk.asked[2]);
  EXPECT_THAT(clock.sleeps(), ElementsAre(300ms, 300ms));
  EXPECT_THAT(log.all(), IsEmpty()) << "nothing went to AWS from here";
  EXPECT_EQ(counted("done"), 1);
}

TEST_F(SharedCallsTest, sets_draining_through_the_desk_and_active_by_itself) {
  EXPECT_TRUE(ecs.set_instance_status("prod", "arn:instance", "DRAINING", {}));
  EXPECT_TRUE(ecs.set_instance_status("prod", "arn:instance", "ACTIVE", {}));
  EXPECT_TRUE(ecs.stop_task("prod", "arn:task", "why", {}));
  ASSERT_THAT(desk.asked, SizeIs(1));
  EXPECT_EQ(desk.asked[0].items, (std::vector<DeskItem>{{"prod", "arn:instance", {}}}));
  EXPECT_THAT(log.all(), ElementsAre("set ACTIVE arn:instance", "stop_task arn:task"));
}

TEST_F(SharedCallsTest, calls_by_itself_when_nobody_is_there_and_leaves_the_desk_alone_for_a_while) {
  desk.script = {Error{Errc::unavailable, "no connection"}};
  EXPECT_TRUE(deregister());
  EXPECT_TRUE(deregister());
  EXPECT_THAT(desk.asked, SizeIs(1));
  EXPECT_EQ(log.count("deregister arn:web"), 2);
  clock.advance(6s);
  EXPECT_TRUE(deregister());
  EXPECT_THAT(desk.asked, SizeIs(2)) << "then it is tried again";
  EXPECT_EQ(log.count("deregister arn:web"), 2);
}

TEST_F(SharedCallsTest, calls_by_itself_when_the_desk_gives_up) {
  desk.script = {kPending, DeskAnswer{DeskStanding::failed, Error{Errc::denied, "AccessDenied"}}};
  EXPECT_TRUE(deregister());
  EXPECT_EQ(log.count("deregister arn:web"), 1);
  EXPECT_EQ(counted("failed"), 1);
}

TEST_F(SharedCallsTest, a_cancelled_wish_is_asked_on_for_under_its_id_and_a_later_one_has_its_own) {
  std::stop_source source;
  desk.script = {kPending};
  desk.on_ask = [&] { source.request_stop(); };
  const auto cancelled = deregister(source.get_token());
  ASSERT_FALSE(cancelled);
  EXPECT_EQ(cancelled.error().code, Errc::cancelled);
  desk.on_ask = {};
  EXPECT_TRUE(deregister());
  EXPECT_TRUE(deregister());
  ASSERT_THAT(desk.asked, SizeIs(3));
  EXPECT_EQ(desk.asked[0].id, desk.asked[1].id);
  EXPECT_THAT(log.all(), IsEmpty());
}

TEST_F(SharedCallsTest, a_target_that_came_back_is_asked_for_under_a_new_id) {
  int dice = 0;
  SharedCalls fresh{desk, clock, registry, [&] { return 0.1 * (++dice % 10); }};
  SharedLoadBalancers again{fresh, direct_balancers};
  EXPECT_TRUE(again.deregister_targets("arn:web", kTargets, {}));
  EXPECT_TRUE(again.deregister_targets("arn:web", kTargets, {}));
  EXPECT_NE(desk.asked.at(0).id, desk.asked.at(1).id);
}

}  // namespace
}  // namespace hakoban
