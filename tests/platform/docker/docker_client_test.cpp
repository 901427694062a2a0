#include "platform/docker/docker_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fakes/fake_http_client.h"

namespace hakoban {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kPingDate = "Mon, 23 Nov 2026 20:52:58 GMT";  // 1795467178

class DockerClientTest : public ::testing::Test {
 protected:
  void ping(const std::string& version) {
    http_.answer(200, "OK", {{"Api-Version", version}, {"Date", kPingDate}});
  }
  std::vector<std::string> urls() const {
    std::vector<std::string> urls;
    for (const auto& request : http_.requests()) urls.push_back(request.url);
    return urls;
  }

  FakeHttpClient http_;
  DockerClient docker_{http_, DockerEndpoint{"/run/d.sock", "http://docker"}};
  const std::stop_token stop_;
};

TEST_F(DockerClientTest, speaks_the_engine_s_version_when_it_is_the_older) {
  ping("1.41");
  http_.answer(200, "[]");
  http_.answer(200, R"({"Id":"abc"})");
  ASSERT_TRUE(docker_.list(stop_));
  ASSERT_TRUE(docker_.inspect("abc", stop_));
  EXPECT_THAT(urls(), ElementsAre("http://docker/_ping", "http://docker/v1.41/containers/json?all=1",
                                  "http://docker/v1.41/containers/abc/json"));
  EXPECT_EQ(http_.last().unix_socket, "/run/d.sock");
  EXPECT_TRUE(http_.last().direct);
}

TEST_F(DockerClientTest, speaks_its_own_version_to_a_newer_engine) {
  ping("1.52");
  http_.answer(200, "[]");
  ASSERT_TRUE(docker_.list(stop_));
  EXPECT_THAT(http_.last().url, HasSubstr("/v1.47/"));
}

TEST_F(DockerClientTest, settles_again_when_the_engine_comes_back_another) {
  ping("1.41");
  http_.answer(Error{Errc::unavailable, "connection refused"});
  ping("1.52");
  http_.answer(200, "[]");
  EXPECT_EQ(docker_.list(stop_).error().code, Errc::unavailable);
  EXPECT_TRUE(docker_.list(stop_));
  EXPECT_THAT(http_.last().url, HasSubstr("/v1.47/"));
}

TEST_F(DockerClientTest, settles_again_at_once_when_its_version_is_refused) {
  ping("1.41");
  http_.answer(400, R"({"message":"client version 1.41 is too old. Minimum supported API version is 1.44"})");
  ping("1.52");
  http_.answer(200, "[]");
  EXPECT_TRUE(docker_.list(stop_));
}

TEST_F(DockerClientTest, gives_up_when_its_version_is_refused_twice) {
  http_.answer_by([](const HttpRequest& request) -> Result<HttpResponse> {
    if (request.url.ends_with("/_ping")) return HttpResponse{200, {{"Api-Version", "1.41"}}, "OK"};
    return HttpResponse{400, {}, R"({"message":"client version 1.41 is too old"})"};
  });
  const auto list = docker_.list(stop_);
  EXPECT_EQ(list.error().code, Errc::invalid);
  EXPECT_THAT(list.error().what, HasSubstr("too old"));
  EXPECT_EQ(http_.requests().size(), 4U);
}

TEST_F(DockerClientTest, a_removed_container_is_not_found) {
  ping("1.41");
  http_.answer(404, R"({"message":"No such container: abc"})");
  const auto container = docker_.inspect("abc", stop_);
  EXPECT_EQ(container.error().code, Errc::not_found);
  EXPECT_THAT(container.error().what, HasSubstr("No such container: abc"));
}

TEST_F(DockerClientTest, answers_that_are_no_json_are_errors) {
  ping("1.41");
  http_.answer(502, "<html>bad gateway</html>");
  EXPECT_EQ(docker_.list(stop_).error().code, Errc::unavailable);
  http_.answer(200, "<html>hello</html>");
  EXPECT_EQ(docker_.list(stop_).error().code, Errc::malformed);
  http_.answer(403, "authorization denied by plugin");
  EXPECT_EQ(docker_.inspect("abc", stop_).error().code, Errc::denied);
}

TEST_F(DockerClientTest, an_id_cannot_lead_elsewhere) {
  EXPECT_EQ(docker_.inspect("../images/json?x=", stop_).error().code, Errc::invalid);
  EXPECT_EQ(docker_.stop_container("", 1s, stop_).error().code, Errc::invalid);
  EXPECT_TRUE(http_.requests().empty());
}

struct StopCase {
  int status;
  bool success;
};

TEST_F(DockerClientTest, a_container_that_is_stopped_or_gone_already_counts_as_stopped) {
  ping("1.41");
  for (const auto& it :
       {StopCase{204, true}, StopCase{304, true}, StopCase{404, true}, StopCase{500, false}}) {
    http_.answer(it.status, "");
    EXPECT_EQ(docker_.stop_container("abc", 20s, stop_).has_value(), it.success) << it.status;
  }
}

TEST_F(DockerClientTest, a_stop_may_take_longer_than_the_patience_that_the_engine_is_told) {
  ping("1.41");
  http_.answer(204, "");
  ASSERT_TRUE(docker_.stop_container("abc", 1500ms, stop_));
  EXPECT_EQ(http_.last().method, "POST");
  EXPECT_THAT(http_.last().url, HasSubstr("/containers/abc/stop?t=2"));
  EXPECT_GT(http_.last().timeout, 2s);
}

TEST_F(DockerClientTest, watching_tells_that_it_stands_then_events_then_why_it_ended) {
  ping("1.41");
  http_.answer(200, R"({"Type":"container","Action":"start","Actor":{"ID":"abc"},"timeNano":1})"
                    "\n");
  std::vector<std::string> told;
  const auto end = docker_.watch([&] { told.emplace_back("connected"); },
                                 [&](const DockerEvent& event) { told.push_back(event.action); }, stop_);
  EXPECT_THAT(told, ElementsAre("connected", "start"));
  EXPECT_EQ(end.code, Errc::unavailable);
  EXPECT_EQ(http_.last().timeout, 0s) << "a quiet host is silent for hours";
  EXPECT_THAT(http_.last().url, HasSubstr("/v1.41/events?filters=%7B%22event%22%3A%5B%22create%22"));
  EXPECT_THAT(http_.last().url, HasSubstr("&since=1795467178"));
}

TEST_F(DockerClientTest, watching_without_an_engine_never_says_that_it_stands) {
  const auto end = docker_.watch([] { FAIL(); }, [](const DockerEvent&) { FAIL(); }, stop_);
  EXPECT_EQ(end.code, Errc::unavailable);
}

TEST_F(DockerClientTest, a_refused_event_stream_says_why) {
  ping("1.41");
  http_.answer(403, R"({"message":"events are not for you"})");
  const auto end = docker_.watch([] { FAIL(); }, [](const DockerEvent&) { FAIL(); }, stop_);
  EXPECT_EQ(end.code, Errc::denied);
  EXPECT_THAT(end.what, HasSubstr("events are not for you"));
}

TEST_F(DockerClientTest, a_watch_that_is_stopped_is_cancelled) {
  std::stop_source source;
  source.request_stop();
  EXPECT_EQ(docker_.watch([] {}, [](const DockerEvent&) {}, source.get_token()).code, Errc::cancelled);
}

}  // namespace
}  // namespace hakoban
