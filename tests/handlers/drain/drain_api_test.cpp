// The local API, with a drainer behind it that is not running: what it takes, tells and refuses.
#include "handlers/drain/drain_api.h"

#include <thread>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "handlers/drain/drain_view.h"
#include "tests/handlers/drain/drain_scene.h"

namespace hakoban {
namespace {

using ::testing::HasSubstr;

class DrainApi : public DrainScene {
 protected:
  HttpReply ask(const std::string& method, const std::string& body = "") {
    return routes.answer({.method = method, .path = "/v1/drain", .body = body});
  }

  // The drainer at work from the first call on, until the routes say so.
  template <class Seen>
  bool eventually(const Seen& seen) {
    if (!thread.joinable()) thread = std::jthread{[this](const std::stop_token& stop) { drainer.run(stop); }};
    for (int times = 0; times < 100'000; ++times) {
      if (seen(nlohmann::json::parse(ask("GET").body))) return true;
      clock.advance(1ms);
      std::this_thread::yield();
    }
    return false;
  }

  Drainer drainer{ports, config, registry, [] { return 0.5; }};
  HttpRoutes routes;
  std::jthread thread;

  void SetUp() override { add_drain_requests(routes, drainer, config.policy, clock); }
};

TEST_F(DrainApi, tells_that_there_is_no_drain) {
  const HttpReply reply = ask("GET");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.content_type, "application/json");
  const auto view = nlohmann::json::parse(reply.body);
  EXPECT_EQ(view["phase"], "none");
  EXPECT_TRUE(view["drain"].is_null());
}

TEST_F(DrainApi, takes_an_operators_request) {
  EXPECT_EQ(ask("POST", R"({"deadline":"30m","reason":"kernel"})").status, 202);
  const auto notice = drainer.inbox().pop(0s, {});
  ASSERT_TRUE(notice);
  EXPECT_EQ(notice->kind, NoticeKind::operator_request);
  EXPECT_EQ(notice->id, "operator");
  EXPECT_EQ(notice->action, kDrain);
  EXPECT_EQ(notice->deadline, clock.now() + 30min);
  EXPECT_EQ(ask("POST").status, 202) << "nothing has to be said";
  EXPECT_FALSE(drainer.inbox().pop(0s, {})->deadline);
  EXPECT_EQ(ask("POST", R"({"now":true})").status, 202);
  const auto at_once = drainer.inbox().pop(0s, {});
  EXPECT_EQ(at_once->action, kDrainNow);
  EXPECT_EQ(at_once->deadline, clock.now() + 2min);
}

TEST_F(DrainApi, refuses_what_it_does_not_understand) {
  for (const char* body : {"[]", "{", R"({"deadline":"soon"})", R"({"deadline":30})", R"({"deadline":"1s"})",
                           R"({"deadline":"100h"})", R"({"now":"yes"})", R"({"when":"now"})"}) {
    const HttpReply reply = ask("POST", body);
    EXPECT_EQ(reply.status, 400) << body;
    EXPECT_FALSE(nlohmann::json::parse(reply.body)["error"].get<std::string>().empty()) << body;
  }
  EXPECT_EQ(drainer.inbox().size(), 0U);
  EXPECT_EQ(ask("PUT").status, 405);
  EXPECT_EQ(ask("DELETE").status, 409) << "nothing to take back";
}

TEST_F(DrainApi, drains_and_takes_it_back) {
  ASSERT_EQ(ask("POST").status, 202);
  ASSERT_TRUE(eventually([](const auto& view) {
    return view["phase"] == "draining" && !view["drain"]["draining_at"].is_null();
  }));
  EXPECT_EQ(log.count("instance_status arn:instance"), 1);
  EXPECT_EQ(log.count("set DRAINING arn:instance"), 1);
  EXPECT_EQ(log.count("stop_task batch"), 0) << "an operator is gentle";
  ASSERT_EQ(ask("DELETE").status, 202);
  ASSERT_TRUE(eventually([](const auto& view) { return view["phase"] == "returned"; }));
  EXPECT_EQ(log.count("set ACTIVE arn:instance"), 1);
  EXPECT_EQ(ask("DELETE").status, 409);
}

TEST_F(DrainApi, cannot_take_back_a_spot_notice) {
  ASSERT_TRUE(drainer.inbox().try_push(notice()));
  ASSERT_TRUE(eventually([](const auto& view) { return view["phase"] != "none"; }));
  const HttpReply reply = ask("DELETE");
  EXPECT_EQ(reply.status, 409);
  EXPECT_THAT(reply.body, HasSubstr("spot_interruption"));
}

TEST_F(DrainApi, tells_of_a_maintenance_that_waits) {
  Notice maintenance = notice(24h);
  maintenance.kind = NoticeKind::maintenance;
  maintenance.id = "event-1";
  maintenance.action = "system-reboot";
  ASSERT_TRUE(drainer.inbox().try_push(maintenance));
  ASSERT_TRUE(eventually([](const auto& view) { return view["phase"] == "waiting"; }));
  const auto view = nlohmann::json::parse(ask("GET").body);
  EXPECT_EQ(view["waiting"][0]["id"], "event-1");
  EXPECT_EQ(view["waiting"][0]["begin_at"], format_rfc3339(*maintenance.deadline - 30min));
  ASSERT_EQ(ask("DELETE").status, 202) << "an operator may dismiss it";
  ASSERT_TRUE(eventually([](const auto& now) { return now["phase"] == "none"; }));
}

TEST_F(DrainApi, tells_each_task_with_its_plan) {
  ASSERT_TRUE(drainer.inbox().try_push(notice()));
  ASSERT_TRUE(eventually(
      [](const auto& view) { return view["drain"].is_object() && view["drain"]["tasks"].size() == 4; }));
  const auto view = nlohmann::json::parse(ask("GET").body);
  EXPECT_EQ(view["drain"]["manner"], "hard");
  EXPECT_EQ(view["drain"]["causes"][0]["kind"], "spot_interruption");
  EXPECT_TRUE(view["drain"]["slack"].is_number());
  EXPECT_EQ(view["drain"]["targets"][0]["group"], "arn:web");
}

}  // namespace
}  // namespace hakoban
