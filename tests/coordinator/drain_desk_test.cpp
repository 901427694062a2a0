#include "coordinator/drain_desk.h"

#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "platform/drain_desk_messages.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/fake_load_balancers.h"

namespace hakoban {
namespace {

using ::testing::HasSubstr;

class FakePlacement final : public EcsPlacement {
 public:
  explicit FakePlacement(CallLog& log) : log_(log) {}

  Result<std::vector<EcsRunningTask>> tasks_on(const std::string&, const std::string&,
                                               const std::stop_token&) override {
    return std::vector<EcsRunningTask>{};
  }
  Result<TaskNeed> need_of(const std::string&, const std::stop_token&) override { return TaskNeed{}; }
  Result<std::set<std::string>> protected_tasks(const std::string&, const std::vector<std::string>&,
                                                const std::stop_token&) override {
    return std::set<std::string>{};
  }
  Result<std::map<std::string, std::string>> set_status(const std::string& cluster,
                                                        const std::vector<std::string>& arns,
                                                        std::string_view status,
                                                        const std::stop_token& stop) override {
    log_.add(cluster + " " + std::string{status} + " " + std::to_string(arns.size()));
    if (const auto error = failures.next("set_status", stop)) return *error;
    return refused;
  }
  Result<void> set_attribute(const std::string&, const std::string&, const std::string&, const std::string&,
                             const std::stop_token&) override {
    return {};
  }

  FakeFailures failures;
  std::map<std::string, std::string> refused;

 private:
  CallLog& log_;
};

struct DrainDeskTest : ::testing::Test {
  static HttpQuery post(const DeskRequest& request, const std::string& token = "secret") {
    HttpQuery query{"POST", "/v1/drain-calls"};
    query.headers = {{"X-Hakoban-Token", token}};
    query.body = format_desk_request(request);
    return query;
  }
  static DeskRequest draining(int host, const std::string& cluster = "prod") {
    return {"h" + std::to_string(host), {{cluster, "arn:instance/" + std::to_string(host), {}}}};
  }
  static DeskRequest target(int host) {
    return {"t" + std::to_string(host), {{"", "", {"arn:web", "i-" + std::to_string(host), 80}}}};
  }

  // Asks as hosts do until all are answered.
  std::map<std::string, DeskAnswer> serve(const std::vector<DeskRequest>& requests) {
    std::map<std::string, DeskAnswer> answers;
    std::jthread thread{[&](const std::stop_token& stop) { desk.run(stop); }};
    while (answers.size() < requests.size()) {
      for (const DeskRequest& request : requests) {
        const auto reply = desk.answer(post(request));
        EXPECT_EQ(reply.status, 200);
        const auto answer = parse_desk_answer(reply.body);
        if (answer && answer->standing != DeskStanding::pending) answers[request.id] = *answer;
      }
      clock.advance(100ms);
      std::this_thread::yield();
    }
    return answers;
  }

  CallLog log;
  FakeClock clock;
  FakePlacement ecs{log};
  FakeLoadBalancers balancers{log};
  prometheus::Registry registry;
  DrainDesk desk{ecs, balancers, clock, registry, {"prod", "secret", {}}};
};

TEST_F(DrainDeskTest, makes_one_call_of_many_hosts) {
  std::vector<DeskRequest> requests;
  for (int host = 0; host < 10; ++host) {
    requests.push_back(draining(host));
    requests.push_back(target(host));
  }
  for (const DeskRequest& request : requests) (void)desk.answer(post(request));
  for (const auto& [id, answer] : serve(requests)) EXPECT_EQ(answer.standing, DeskStanding::done) << id;
  EXPECT_EQ(log.count("prod DRAINING 10"), 1);
  EXPECT_EQ(log.count("deregister arn:web"), 1);
}

TEST_F(DrainDeskTest, tells_each_host_what_became_of_its_own) {
  ecs.refused = {{"arn:instance/2", "MISSING"}};
  const auto answers = serve({draining(1), draining(2)});
  EXPECT_EQ(answers.at("h1").standing, DeskStanding::done);
  EXPECT_EQ(answers.at("h2").standing, DeskStanding::failed);
  EXPECT_EQ(answers.at("h2").error->code, Errc::not_found);
}

TEST_F(DrainDeskTest, tries_again_what_was_throttled) {
  balancers.failures.fail("deregister_targets", {Errc::throttled, "Rate exceeded"}, 2);
  EXPECT_EQ(serve({target(1)}).at("t1").standing, DeskStanding::done);
  EXPECT_EQ(log.count("deregister arn:web"), 3);
}

TEST_F(DrainDeskTest, refuses_who_does_not_show_the_token) {
  for (const char* token : {"", "secre", "secret2", "SECRET"}) {
    EXPECT_EQ(desk.answer(post(draining(1), token)).status, 401) << token;
  }
  HttpQuery bare = post(draining(1));
  bare.headers.clear();
  EXPECT_EQ(desk.answer(bare).status, 401);
  DrainDesk closed{ecs, balancers, clock, registry, {"prod", "", {}}};
  EXPECT_EQ(closed.answer(post(draining(1), "")).status, 401) << "no token configured: closed, not open";
}

TEST_F(DrainDeskTest, refuses_what_it_does_not_understand_and_other_clusters) {
  HttpQuery query = post(draining(1));
  query.method = "GET";
  EXPECT_EQ(desk.answer(query).status, 405);
  query = post(draining(1));
  query.body = "{";
  EXPECT_EQ(desk.answer(query).status, 400);
  EXPECT_THAT(desk.answer(query).body, HasSubstr("not a JSON object"));
  EXPECT_EQ(desk.answer(post(draining(1, "other"))).status, 403);
}

}  // namespace
}  // namespace hakoban
