#include "platform/imds/imds_client.h"

#include <future>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fakes/fake_clock.h"
#include "tests/fakes/fake_environment.h"
#include "tests/fakes/fake_http_client.h"
#include "tests/fakes/registry_values.h"

namespace hakoban {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kPath = "/latest/meta-data/instance-id";

struct ImdsClientTest : ::testing::Test {
  Result<std::optional<std::string>> get() { return imds.get(kPath, {}); }
  [[nodiscard]] double failures(const std::string& reason) const {
    return value_in(registry, "hakoban_imds_failures_total", {{"reason", reason}});
  }

  FakeHttpClient http;
  FakeClock clock;
  prometheus::Registry registry;
  ImdsClient imds{http, clock, registry, {}};
};

TEST_F(ImdsClientTest, asks_for_a_token_and_then_with_it) {
  http.answer(200, "TOKEN==");
  http.answer(200, "i-1");
  EXPECT_EQ(get().value(), "i-1");
  const auto requests = http.requests();
  ASSERT_EQ(requests.size(), 2U);
  EXPECT_EQ(requests[0].method, "PUT");
  EXPECT_EQ(requests[0].url, "http://169.254.169.254/latest/api/token");
  EXPECT_EQ(FakeHttpClient::header(requests[0], "X-aws-ec2-metadata-token-ttl-seconds"), "21600");
  EXPECT_EQ(requests[1].method, "GET");
  EXPECT_EQ(requests[1].url, "http://169.254.169.254/latest/meta-data/instance-id");
  EXPECT_EQ(FakeHttpClient::header(requests[1], "X-aws-ec2-metadata-token"), "TOKEN==");
  for (const auto& request : requests) {
    EXPECT_TRUE(request.direct);
    EXPECT_EQ(request.timeout, Duration{2s});
    EXPECT_EQ(request.connect_timeout, Duration{1s});
  }
}

TEST_F(ImdsClientTest, uses_its_token_until_a_tenth_of_its_life_is_left) {
  http.answer(200, "ONE");
  http.answer_by([](const HttpRequest& request) {
    return HttpResponse{200, {}, request.method == "PUT" ? "TWO" : "i-1"};
  });
  ASSERT_TRUE(get());
  clock.advance(5h);
  ASSERT_TRUE(get());
  EXPECT_EQ(FakeHttpClient::header(http.last(), "X-aws-ec2-metadata-token"), "ONE");
  clock.advance(24min);
  ASSERT_TRUE(get());
  EXPECT_EQ(FakeHttpClient::header(http.last(), "X-aws-ec2-metadata-token"), "TWO");
  EXPECT_EQ(value_in(registry, "hakoban_imds_token_fetches_total"), 2);
  EXPECT_EQ(value_in(registry, "hakoban_imds_requests_total"), 5);
}

TEST_F(ImdsClientTest, a_401_brings_a_new_token_and_one_more_try) {
  http.answer(200, "ONE");
  http.answer(401, "<html>");
  http.answer(200, "TWO");
  http.answer(200, "i-1");
  EXPECT_EQ(get().value(), "i-1");
  EXPECT_EQ(FakeHttpClient::header(http.last(), "X-aws-ec2-metadata-token"), "TWO");
}

TEST_F(ImdsClientTest, a_second_401_is_denied_and_the_next_call_begins_with_a_new_token) {
  http.answer(200, "ONE");
  http.answer(401, "");
  http.answer(200, "TWO");
  http.answer(401, "");
  EXPECT_EQ(get().error().code, Errc::denied);
  EXPECT_EQ(failures("denied"), 1);
  http.answer(200, "THREE");
  http.answer(200, "i-1");
  EXPECT_EQ(get().value(), "i-1");
}

TEST_F(ImdsClientTest, a_path_that_does_not_exist_is_nothing_and_no_failure) {
  http.answer(200, "TOKEN");
  http.answer(404, "<html>404</html>");
  const auto got = get();
  ASSERT_TRUE(got);
  EXPECT_EQ(*got, std::nullopt);
}

struct Refusal {
  std::string name;
  std::vector<Result<HttpResponse>> answers;
  Errc expected;
};

TEST_F(ImdsClientTest, failures_are_told_apart_and_counted) {
  const auto token = [] { return Result<HttpResponse>{HttpResponse{200, {}, "TOKEN"}}; };
  const auto status = [](int code, std::string body = "") {
    return Result<HttpResponse>{HttpResponse{code, {}, std::move(body)}};
  };
  const std::vector<Refusal> table{
      {"hangs", {Error{Errc::timeout, "no answer in 2s"}}, Errc::timeout},
      {"nobody there", {Error{Errc::unavailable, "refused"}}, Errc::unavailable},
      {"hangs after the token", {token(), Error{Errc::timeout, "no answer in 2s"}}, Errc::timeout},
      {"500 for the token", {status(500, "oops")}, Errc::unavailable},
      {"500", {token(), status(500)}, Errc::unavailable},
      {"503", {token(), status(503)}, Errc::unavailable},
      {"throttled", {token(), status(429)}, Errc::throttled},
      {"switched off for the instance", {status(403)}, Errc::denied},
      {"some other server", {status(404)}, Errc::unavailable},
      {"does not know PUT", {status(405)}, Errc::unavailable},
      {"token is a page", {status(200, "<html><body>login</body></html>")}, Errc::malformed},
      {"token is empty", {status(200, "")}, Errc::malformed},
      {"token breaks lines", {status(200, "a\r\nX: b")}, Errc::malformed},
      {"token is endless", {status(200, std::string(5000, 'x'))}, Errc::malformed},
      {"metadata is a page", {token(), status(200, "  \n<!doctype html>")}, Errc::malformed},
      {"metadata is binary", {token(), status(200, std::string{"i-\0001", 4})}, Errc::malformed},
      {"redirect", {token(), status(302)}, Errc::malformed},
  };
  for (const auto& row : table) {
    FakeHttpClient scripted;
    for (const auto& answer : row.answers) scripted.answer(answer);
    prometheus::Registry counters;
    ImdsClient client{scripted, clock, counters, {}};
    const auto got = client.get(kPath, {});
    ASSERT_FALSE(got) << row.name;
    EXPECT_EQ(got.error().code, row.expected) << row.name << ": " << got.error().what;
    EXPECT_THAT(got.error().what, HasSubstr("instance metadata")) << row.name;
    EXPECT_EQ(
        value_in(counters, "hakoban_imds_failures_total", {{"reason", std::string{name_of(row.expected)}}}),
        1)
        << row.name;
    EXPECT_EQ(scripted.requests().size(), row.answers.size()) << row.name;
  }
}

TEST_F(ImdsClientTest, a_stop_is_not_counted_as_a_failure) {
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(imds.get(kPath, stop.get_token()).error().code, Errc::cancelled);
  EXPECT_EQ(value_in(registry, "hakoban_imds_failures_total"), 0);
}

TEST_F(ImdsClientTest, a_thread_that_hangs_holds_no_other) {
  std::promise<void> entered;
  std::promise<void> release;
  http.answer(200, "TOKEN");
  http.answer_by([&](const HttpRequest& request) {
    if (request.url.ends_with("/hangs")) {
      entered.set_value();
      release.get_future().wait();
    }
    return HttpResponse{200, {}, "i-1"};
  });
  std::jthread hanging{[&] { (void)imds.get("/hangs", {}); }};
  entered.get_future().wait();
  EXPECT_EQ(get().value(), "i-1");
  release.set_value();
}

TEST_F(ImdsClientTest, switched_off_it_asks_nobody) {
  ImdsConfig config;
  config.disabled = true;
  ImdsClient client{http, clock, registry, config};
  EXPECT_EQ(client.get(kPath, {}).error().code, Errc::unavailable);
  EXPECT_THAT(http.requests(), IsEmpty());
}

TEST(ImdsConfigFromEnvironment, obeys_the_names_of_aws) {
  EXPECT_EQ(imds_config(fake_environment({})).endpoint, "http://169.254.169.254");
  EXPECT_EQ(imds_config(fake_environment({{"AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "IPv6"}})).endpoint,
            "http://[fd00:ec2::254]");
  EXPECT_EQ(imds_config(fake_environment({{"AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:1338/"},
                                          {"AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "IPv6"}}))
                .endpoint,
            "http://127.0.0.1:1338");
  EXPECT_TRUE(imds_config(fake_environment({{"AWS_EC2_METADATA_DISABLED", "True"}})).disabled);
  EXPECT_FALSE(imds_config(fake_environment({{"AWS_EC2_METADATA_DISABLED", "false"}})).disabled);
}

}  // namespace
}  // namespace hakoban
