#include "handlers/drain/drain_announcer.h"

#include <mutex>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/termination/drain_machine.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/fake_http_client.h"
#include "tests/fakes/simulated_host.h"

namespace hakoban {
namespace {

DrainStatus status_of(const DrainState& state) {
  return {state, {}};
}

TEST(DrainEvents, are_told_once_each) {
  const DrainPolicy policy;
  DrainState state = begin_drain(spot_notice(), policy, 1);
  const DrainStatus began = status_of(state);
  EXPECT_EQ(drain_event({}, began), "drain_began");
  state.draining_at = kNoon;
  EXPECT_EQ(drain_event(began, status_of(state)), "");
  state.finished_at = kNoon + 60s;
  const DrainStatus finished = status_of(state);
  EXPECT_EQ(drain_event(began, finished), "drain_finished");
  EXPECT_EQ(drain_event(finished, finished), "");
  state.called_off_at = kNoon + 5min;
  const DrainStatus called_off = status_of(state);
  EXPECT_EQ(drain_event(finished, called_off), "drain_called_off");
  state.returned_at = kNoon + 6min;
  EXPECT_EQ(drain_event(called_off, status_of(state)), "drain_returned");
  EXPECT_EQ(drain_event(status_of(state), status_of(state)), "");
  EXPECT_EQ(drain_event({}, {}), "");
}

class FakeTopics final : public Topics {
 public:
  [[nodiscard]] Result<void> publish(const std::string& topic_arn, const std::string& subject,
                                     const std::string& message, const std::stop_token& /*stop*/) override {
    const std::lock_guard lock{mutex_};
    published_.push_back(topic_arn + "|" + subject + "|" + message);
    if (failures-- > 0) return Error{Errc::throttled, "Throttled"};
    return {};
  }
  std::vector<std::string> published() const {
    const std::lock_guard lock{mutex_};
    return published_;
  }
  int failures = 0;

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> published_;
};

class Announcing : public testing::Test {
 protected:
  // Publishes these one after the other, and waits for so many messages in all.
  void run(const std::vector<DrainStatus>& each, std::size_t messages) {
    DrainAnnouncer announcer{status, views, topics, http, clock, config, registry, [] { return 0.5; }};
    std::jthread thread{[&](const std::stop_token& stop) { announcer.run(stop); }};
    std::size_t wanted = topics.published().size();
    for (const DrainStatus& one : each) {
      status.publish(one);
      ++wanted;
      while (topics.published().size() < std::min(wanted, messages)) std::this_thread::yield();
    }
    while (topics.published().size() < messages) std::this_thread::yield();
  }

  Latest<DrainStatus> status;
  Latest<HostView> views;
  FakeTopics topics;
  FakeHttpClient http;
  FakeClock clock;
  prometheus::Registry registry;
  DrainAnnouncerConfig config;

  void SetUp() override { config.topic_arn = "arn:topic"; }
};

TEST_F(Announcing, tries_a_throttled_topic_again) {
  topics.failures = 2;
  run({status_of(begin_drain(spot_notice(), {}, 1))}, 3);
  EXPECT_THAT(topics.published().back(), testing::StartsWith("arn:topic|hakoban: drain_began|{"));
  EXPECT_THAT(topics.published().back(), testing::HasSubstr(R"("kinds":["spot_interruption"])"));
}

TEST_F(Announcing, never_tells_the_webhooks_url) {
  config.webhook_url = "https://hooks.example/secret";
  config.topic_arn.clear();
  http.answer_by([](const HttpRequest&) -> Result<HttpResponse> {
    return Error{Errc::unavailable, "could not resolve https://hooks.example/secret"};
  });
  testing::internal::CaptureStderr();
  testing::internal::CaptureStdout();
  {
    DrainAnnouncer announcer{status, views, topics, http, clock, config, registry, [] { return 0.5; }};
    std::jthread thread{[&](const std::stop_token& stop) { announcer.run(stop); }};
    status.publish(status_of(begin_drain(spot_notice(), {}, 1)));
    while (http.requests().size() < 4) std::this_thread::yield();
  }
  const std::string said = testing::internal::GetCapturedStderr() + testing::internal::GetCapturedStdout();
  EXPECT_THAT(said, testing::Not(testing::HasSubstr("secret")));
  EXPECT_EQ(http.requests().at(0).url, "https://hooks.example/secret");
}

}  // namespace
}  // namespace hakoban
