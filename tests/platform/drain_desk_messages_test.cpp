#include "platform/drain_desk_messages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "platform/drain_desk.h"
#include "tests/fakes/fake_http_client.h"

namespace hakoban {
namespace {

using ::testing::HasSubstr;

const DeskRequest kRequest{"5f2c", {{"prod", "arn:instance", {}}, {"", "", {"arn:web", "i-1", 32768}}}};

TEST(DrainDeskMessages, a_request_is_read_as_it_was_written) {
  const auto read = parse_desk_request(format_desk_request(kRequest));
  ASSERT_TRUE(read) << read.error().what;
  EXPECT_EQ(*read, kRequest);
}

TEST(DrainDeskMessages, an_answer_is_read_as_it_was_written) {
  for (const DeskStanding standing : {DeskStanding::pending, DeskStanding::done}) {
    EXPECT_EQ(parse_desk_answer(format_desk_answer({standing, std::nullopt}))->standing, standing);
  }
  const auto failed = parse_desk_answer(
      format_desk_answer({DeskStanding::failed, Error{Errc::throttled, "Rate \"exceeded\"\xff"}}));
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->error->code, Errc::throttled);
  EXPECT_THAT(failed->error->what, HasSubstr("Rate \"exceeded\""));
}

TEST(DrainDeskMessages, what_is_not_understood_is_named) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "request: not a JSON object"},
      {"[]", "request: not a JSON object"},
      {R"({"draining":[]})", "id: missing"},
      {R"({"id":""})", "id: missing"},
      {R"({"id":"a"})", "asks for nothing"},
      {R"({"id":"a","draining":{}})", "draining: not a list"},
      {R"({"id":"a","draining":[7]})", "draining: not an object"},
      {R"({"id":"a","draining":[{"container_instance":"x"}]})", "draining.cluster: missing"},
      {R"({"id":"a","draining":[{"cluster":"x"}]})", "draining.container_instance: missing"},
      {R"({"id":"a","deregister":[{"id":"x","port":1}]})", "deregister.group: missing"},
      {R"({"id":"a","deregister":[{"group":"x","port":1}]})", "deregister.id: missing"},
      {R"({"id":"a","deregister":[{"group":"x","id":"y","port":-1}]})", "deregister.port: not a port"},
      {R"({"id":"a","deregister":[{"group":"x","id":"y","port":70000}]})", "deregister.port: not a port"},
      {R"({"id":"a","deregister":[{"group":"x","id":"y"}]})", "deregister.port: not a port"}};
  for (const auto& [body, why] : cases) {
    const auto read = parse_desk_request(body);
    ASSERT_FALSE(read) << body;
    EXPECT_EQ(read.error().code, Errc::malformed);
    EXPECT_THAT(read.error().what, HasSubstr(why)) << body;
  }
  for (const char* body : {"", "null", "{}", R"({"standing":"maybe"})", R"({"standing":"failed"})"}) {
    EXPECT_FALSE(parse_desk_answer(body)) << body;
  }
}

struct DrainDeskClientTest : ::testing::Test {
  FakeHttpClient http;
  DrainDeskClient desk{http, {"http://coordinator:9421", "secret"}};
};

TEST_F(DrainDeskClientTest, posts_with_its_token) {
  http.answer(200, R"({"standing":"pending"})");
  EXPECT_EQ(desk.ask(kRequest, {})->standing, DeskStanding::pending);
  EXPECT_EQ(http.last().method, "POST");
  EXPECT_EQ(http.last().url, "http://coordinator:9421/v1/drain-calls");
  EXPECT_EQ(FakeHttpClient::header(http.last(), "X-Hakoban-Token"), "secret");
  EXPECT_EQ(*parse_desk_request(http.last().body), kRequest);
}

TEST_F(DrainDeskClientTest, tells_what_is_wrong_without_telling_the_token) {
  http.answer(401, "");
  http.answer(503, "");
  http.answer(200, "<html>");
  for (const Errc code : {Errc::denied, Errc::unavailable, Errc::malformed, Errc::unavailable}) {
    const auto answer = desk.ask(kRequest, {});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, code);
    EXPECT_EQ(answer.error().what.find("secret"), std::string::npos);
  }
}

}  // namespace
}  // namespace hakoban
