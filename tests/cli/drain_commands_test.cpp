#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "cli/cli.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/fake_http_client.h"

namespace hakoban {
namespace {

using ::testing::HasSubstr;

class Cli : public testing::Test {
 protected:
  int run(const CliArguments& arguments) {
    const Environment environment = [](const std::string&) { return std::optional<std::string>{}; };
    return run_cli({http, clock, environment, out, err}, "1.2.3", arguments);
  }

  FakeHttpClient http;
  FakeClock clock;
  std::ostringstream out;
  std::ostringstream err;
};

TEST_F(Cli, asks_for_a_drain_through_the_agents_socket) {
  http.answer(202, R"({"accepted":"drain"})");
  EXPECT_EQ(run({"drain", "--deadline", "30m", "--reason=kernel"}), kDone);
  const auto request = http.requests().at(0);
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.unix_socket, "/run/hakoban/agent.sock");
  EXPECT_EQ(nlohmann::json::parse(request.body), (nlohmann::json{{"deadline", "30m"}, {"reason", "kernel"}}));
}

TEST_F(Cli, says_why_the_agent_refuses) {
  http.answer(409, R"({"error":"the host is going anyway: spot_interruption"})");
  EXPECT_EQ(run({"undrain"}), kFailed);
  EXPECT_THAT(err.str(), HasSubstr("spot_interruption"));
}

TEST_F(Cli, says_that_there_is_no_agent) {
  http.answer(Error{Errc::unavailable, "no such file"});
  EXPECT_EQ(run({"status", "--socket", "/tmp/x.sock"}), kNoAgent);
  EXPECT_THAT(err.str(), HasSubstr("/tmp/x.sock"));
}

TEST_F(Cli, waits_for_the_end_of_the_drain) {
  http.answer(202, R"({"accepted":"drain-now"})");
  http.answer(200, R"({"phase":"draining"})");
  http.answer(200, R"({"phase":"draining"})");
  http.answer(200, R"({"phase":"drained"})");
  EXPECT_EQ(run({"drain", "--now", "--wait", "5m"}), kDone);
  EXPECT_EQ(out.str(), "accepted: drain-now\ndraining\ndrained\n");
}

TEST_F(Cli, gives_up_waiting_in_time) {
  http.answer(202, R"({"accepted":"undrain"})");
  http.answer_by([](const HttpRequest&) { return HttpResponse{200, {}, R"({"phase":"returning"})"}; });
  EXPECT_EQ(run({"undrain", "--wait=3s"}), kFailed);
  EXPECT_THAT(err.str(), HasSubstr("still returning after 3s"));
}

TEST_F(Cli, prints_a_status_that_people_can_read) {
  http.answer(
      200,
      R"({"phase":"draining","waiting":[],"drain":{"since":"s","deadline":"d","causes":[{"kind":"rebalance",
    "action":"rebalance","manner":"gentle","standing":true}],"tasks":[{"arn":"arn:task/abc","name":"web","kind":"service",
    "protected":true,"latest_stop":null}]}})");
  EXPECT_EQ(run({"status"}), kDone);
  EXPECT_THAT(out.str(), HasSubstr("draining\n"));
  EXPECT_THAT(out.str(), HasSubstr("rebalance"));
  EXPECT_THAT(out.str(), HasSubstr("protected"));
}

TEST_F(Cli, refuses_a_command_line_that_it_does_not_understand) {
  for (const CliArguments& arguments : {CliArguments{},
                                        {"dance"},
                                        {"drain", "soon"},
                                        {"drain", "--later"},
                                        {"drain", "--deadline"},
                                        {"drain", "--deadline", "soon"},
                                        {"status", "--now"},
                                        {"drain", "--wait", "x"}}) {
    EXPECT_EQ(run(arguments), kUsage);
  }
  EXPECT_TRUE(http.requests().empty());
  EXPECT_EQ(run({"--version"}), kDone);
  EXPECT_EQ(out.str(), "hakoban 1.2.3\n");
}

}  // namespace
}  // namespace hakoban
