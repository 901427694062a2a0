#include "platform/http/http_server.h"

#include <algorithm>
#include <filesystem>
#include <stdexcept>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fakes/raw_client.h"

namespace hakoban {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using testing_tools::RawClient;

// "1\n2\n3\n" … one number a part; throws instead of the number `broken`.
class Numbers final : public HttpBodyStream {
 public:
  Numbers(int count, int broken) : count_(count), broken_(broken) {}
  std::optional<std::string_view> next() override {
    if (at_ == count_) return std::nullopt;
    if (++at_ == broken_) throw std::runtime_error("stream's own fault");
    part_ = std::to_string(at_) + '\n';
    return part_;
  }

 private:
  const int count_;
  const int broken_;
  int at_ = 0;
  std::string part_;
};

HttpReply echo(const HttpQuery& query) {
  if (query.path == "/numbers") return {.stream = std::make_unique<Numbers>(3, 0)};
  if (query.path == "/many") return {.stream = std::make_unique<Numbers>(200'000, 0)};
  if (query.path == "/nothing") return {.stream = std::make_unique<Numbers>(0, 0)};
  if (query.path == "/breaks") return {.stream = std::make_unique<Numbers>(3, 3)};
  if (query.path == "/throws") throw std::runtime_error("handler's own fault");
  if (query.path == "/large") return {.body = std::string(4 << 20, 'x')};
  if (query.path == "/missing") return {.status = 404, .body = "not found\n"};
  return {.body = query.method + ' ' + query.path + " [" + query.query + "] " + query.body,
          .headers = {{"X-Seen", std::string{query.header("x-ask").value_or("")}}}};
}

// A server on a free loopback port for the time of a test.
class HttpServerTest : public testing::Test {
 protected:
  explicit HttpServerTest(HttpServerConfig config = {}) : server_({{"127.0.0.1", 0, ""}}, echo, config) {
    const auto bound = server_.bind();
    EXPECT_TRUE(bound) << bound.error().what;
    thread_ = std::jthread{[this](const std::stop_token& stop) { server_.run(stop); }};
  }

  std::string exchange(std::string_view request) {
    RawClient client{server_.bound_port()};
    client.send(request);
    client.finish_sending();
    return client.read_all();
  }

  HttpServer server_;
  std::jthread thread_;
};

TEST_F(HttpServerTest, AnswersGet) {
  EXPECT_THAT(
      exchange("GET /a%20b?q=%31 HTTP/1.1\r\nHost: h\r\nX-Ask: yes\r\n\r\n"),
      AllOf(StartsWith("HTTP/1.1 200 OK\r\n"), HasSubstr("X-Seen: yes\r\n"), EndsWith("GET /a b [q=%31] ")));
}

TEST_F(HttpServerTest, AnswersHeadWithTheLengthAndNoBody) {
  RawClient client{server_.bound_port()};
  client.send("HEAD /large HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(client.read_answer(false),
              AllOf(HasSubstr("Content-Length: 4194304\r\n"), EndsWith("\r\n\r\n")));
  client.send("GET /next HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(client.read_answer(), EndsWith("GET /next [] "));
}

TEST_F(HttpServerTest, SendsAStreamInChunksAndKeepsTheConnection) {
  RawClient client{server_.bound_port()};
  client.send("GET /numbers HTTP/1.1\r\nHost: h\r\n\r\nGET /nothing HTTP/1.1\r\nHost: h\r\n\r\n");
  client.finish_sending();
  const auto answers = client.read_all();
  EXPECT_THAT(answers, AllOf(HasSubstr("Transfer-Encoding: chunked\r\n"), Not(HasSubstr("Content-Length"))));
  EXPECT_THAT(answers, HasSubstr("\r\n\r\n2\r\n1\n\r\n2\r\n2\n\r\n2\r\n3\n\r\n0\r\n\r\nHTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answers, EndsWith("\r\n\r\n0\r\n\r\n"));
}

TEST_F(HttpServerTest, EndsAStreamToHttp10WithTheConnection) {
  RawClient client{server_.bound_port()};
  client.send("GET /numbers HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_THAT(client.read_all(), AllOf(EndsWith("\r\n\r\n1\n2\n3\n"), Not(HasSubstr("chunked")),
                                       Not(HasSubstr("Content-Length"))));
}

TEST_F(HttpServerTest, HeadOfAStreamHasNoBody) {
  RawClient client{server_.bound_port()};
  client.send("HEAD /many HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(client.read_answer(false), AllOf(HasSubstr("chunked\r\n"), EndsWith("\r\n\r\n")));
  client.send("GET /next HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(client.read_answer(), EndsWith("GET /next [] "));
}

TEST_F(HttpServerTest, BrokenStreamIsNotTakenForAWholeOne) {
  RawClient client{server_.bound_port()};
  client.send("GET /breaks HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(client.read_all(), EndsWith("2\r\n2\n\r\n"));
  EXPECT_THAT(exchange("GET /next HTTP/1.1\r\nHost: h\r\n\r\n"), EndsWith("GET /next [] "));
}

TEST_F(HttpServerTest, StreamOfManyPartsComesWhole) {
  RawClient client{server_.bound_port()};
  client.send("GET /many HTTP/1.0\r\n\r\n");
  const auto answer = client.read_all();
  const auto body = answer.substr(answer.find("\r\n\r\n") + 4);
  EXPECT_EQ(std::count(body.begin(), body.end(), '\n'), 200'000);
  EXPECT_THAT(body, EndsWith("\n199999\n200000\n"));
}

TEST_F(HttpServerTest, KeepsTheConnection) {
  RawClient client{server_.bound_port()};
  for (int i = 0; i < 3; ++i) {
    client.send("POST /again HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi");
    EXPECT_THAT(client.read_answer(), EndsWith("POST /again [] hi"));
  }
}

TEST_F(HttpServerTest, AnswersRequestsThatComeTogether) {
  RawClient client{server_.bound_port()};
  client.send("GET /1 HTTP/1.1\r\nHost: h\r\n\r\nGET /2 HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(client.read_answer(), EndsWith("GET /1 [] "));
  EXPECT_THAT(client.read_answer(), EndsWith("GET /2 [] "));
}

TEST_F(HttpServerTest, ClosesWhenAsked) {
  RawClient client{server_.bound_port()};
  client.send("GET /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(client.read_all(), AllOf(HasSubstr("Connection: close\r\n"), EndsWith("GET /x [] ")));
}

TEST_F(HttpServerTest, SpeaksHttp10) {
  EXPECT_THAT(exchange("GET /old HTTP/1.0\r\n\r\n"),
              AllOf(StartsWith("HTTP/1.0 200"), EndsWith("GET /old [] ")));
}

TEST_F(HttpServerTest, SendsLargeAnswersWhole) {
  const auto answer = exchange("GET /large HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(answer.size() - answer.find("\r\n\r\n") - 4, std::size_t{4} << 20);
}

TEST_F(HttpServerTest, SurvivesGarbage) {
  for (std::string_view garbage :
       {"\r\n\r\n\r\n", "\x16\x03\x01\x02\x01hello\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n",
        "GET / HTTP/1.1\r\nbroken\r\n\r\n", "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: 99\r\n\r\nshort"}) {
    EXPECT_THAT(exchange(garbage), Not(HasSubstr(" 200 "))) << garbage;
  }
  EXPECT_THAT(exchange("GET /%zz HTTP/1.1\r\nHost: h\r\n\r\n"), StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(exchange("GET http://elsewhere/ HTTP/1.1\r\nHost: h\r\n\r\n"), StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(exchange("GET /alive HTTP/1.1\r\nHost: h\r\n\r\n"), EndsWith("GET /alive [] "));
}

TEST_F(HttpServerTest, LimitsHeaders) {
  const auto long_header = "GET / HTTP/1.1\r\nX: " + std::string(20 << 10, 'x') + "\r\n\r\n";
  EXPECT_THAT(exchange(long_header), StartsWith("HTTP/1.1 431"));
}

TEST_F(HttpServerTest, LimitsBodies) {
  const auto long_body =
      "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 300000\r\n\r\n" + std::string(300000, 'x');
  EXPECT_THAT(exchange(long_body), StartsWith("HTTP/1.1 413"));
}

TEST_F(HttpServerTest, HandlerThatThrowsIsA500) {
  EXPECT_THAT(exchange("GET /throws HTTP/1.1\r\nHost: h\r\n\r\n"),
              AllOf(StartsWith("HTTP/1.1 500"), Not(HasSubstr("own fault"))));
}

TEST_F(HttpServerTest, TakenPortIsAnErrorAtBind) {
  HttpServer second{{{"127.0.0.1", server_.bound_port(), ""}}, echo};
  const auto bound = second.bind();
  ASSERT_FALSE(bound);
  EXPECT_EQ(bound.error().code, Errc::exists);
  EXPECT_THAT(bound.error().what, HasSubstr(":" + std::to_string(server_.bound_port())));
}

TEST_F(HttpServerTest, StopsWhileClientsAreIdleOrHalfway) {
  RawClient idle{server_.bound_port()};
  RawClient halfway{server_.bound_port()};
  halfway.send("GET / HTT");
  RawClient kept{server_.bound_port()};
  kept.send("GET /x HTTP/1.1\r\nHost: h\r\n\r\n");
  kept.read_answer();
  thread_.request_stop();
  thread_.join();
  EXPECT_FALSE(RawClient{server_.bound_port()}.connected());
}

TEST_F(HttpServerTest, ServesManyClientsAtOnce) {
  std::vector<std::jthread> clients;
  std::atomic<int> good{0};
  for (int i = 0; i < 8; ++i)
    clients.emplace_back([&] {
      for (int j = 0; j < 20; ++j)
        good += exchange("GET /x HTTP/1.1\r\nHost: h\r\n\r\n").ends_with("GET /x [] ") ? 1 : 0;
    });
  clients.clear();
  EXPECT_EQ(good, 160);
}

class ImpatientHttpServer : public HttpServerTest {
 protected:
  ImpatientHttpServer() : HttpServerTest({.request_timeout = 50ms, .idle_timeout = 50ms}) {}
};

TEST_F(ImpatientHttpServer, LeavesSlowClients) {
  RawClient slow{server_.bound_port()};
  slow.send("GET / HTT");
  EXPECT_EQ(slow.read_all(), "");
}

TEST_F(ImpatientHttpServer, LeavesIdleConnections) {
  RawClient client{server_.bound_port()};
  client.send("GET /x HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(client.read_all(), EndsWith("GET /x [] "));
}

class SmallHttpServer : public HttpServerTest {
 protected:
  SmallHttpServer() : HttpServerTest({.max_connections = 1}) {}
};

TEST_F(SmallHttpServer, ClosesConnectionsBeyondItsLimit) {
  RawClient first{server_.bound_port()};
  first.send("GET /1 HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(first.read_answer(), EndsWith("GET /1 [] "));
  RawClient second{server_.bound_port()};
  EXPECT_EQ(second.read_all(), "");
  first.send("GET /2 HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(first.read_answer(), EndsWith("GET /2 [] "));
}

class ForgetfulHttpServer : public HttpServerTest {
 protected:
  ForgetfulHttpServer() : HttpServerTest({.max_unsent_bytes = 9 << 20}) {}
};

// The kernel's socket buffers take a part of each answer, never four megabytes.
TEST_F(ForgetfulHttpServer, ClientsThatAskAndDoNotReadCannotFillTheMemory) {
  std::vector<std::unique_ptr<RawClient>> greedy;
  for (int i = 0; i < 2; ++i) {
    greedy.push_back(std::make_unique<RawClient>(server_.bound_port()));
    greedy.back()->send("GET /large HTTP/1.1\r\nHost: h\r\n\r\n");
    ASSERT_TRUE(greedy.back()->receives_something());
  }
  EXPECT_THAT(exchange("GET /large HTTP/1.1\r\nHost: h\r\n\r\n"), StartsWith("HTTP/1.1 503"));
  EXPECT_THAT(exchange("GET /x HTTP/1.1\r\nHost: h\r\n\r\n"), StartsWith("HTTP/1.1 200"));
  for (const auto& client : greedy) EXPECT_GT(client->read_answer().size(), std::size_t{4} << 20);
  EXPECT_THAT(exchange("GET /large HTTP/1.1\r\nHost: h\r\n\r\n"), StartsWith("HTTP/1.1 200"));
}

TEST(HttpServer, ListensOnAUnixSocketAndReplacesAStaleOne) {
  const auto path = testing::TempDir() + "hakoban-http-server-test.sock";
  for (int round = 0; round < 2; ++round) {
    HttpServer server{{{"", 0, path}}, echo};
    ASSERT_TRUE(server.bind());
    EXPECT_EQ(server.bound_port(), 0);
    if (round == 0) continue;  // leaves its file behind, as after a crash
    std::jthread thread{[&](const std::stop_token& stop) { server.run(stop); }};
    RawClient client{path};
    client.send("GET /local HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_THAT(client.read_answer(), EndsWith("GET /local [] "));
    thread.request_stop();
    thread.join();
    EXPECT_FALSE(std::filesystem::exists(path));
  }
}

TEST(HttpServer, ListensOnEveryAddress) {
  HttpServer server{{{"", 0, ""}}, echo};
  ASSERT_TRUE(server.bind());
  std::jthread thread{[&](const std::stop_token& stop) { server.run(stop); }};
  RawClient client{server.bound_port()};
  client.send("GET /v4 HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(client.read_answer(), EndsWith("GET /v4 [] "));
}

TEST(HttpServer, AddressOfAnotherMachineIsAnError) {
  HttpServer server{{{"192.0.2.1", 0, ""}}, echo};
  const auto bound = server.bind();
  ASSERT_FALSE(bound);
  EXPECT_EQ(bound.error().code, Errc::invalid);
}

}  // namespace
}  // namespace hakoban
