#include "platform/aws/cached_credentials.h"

#include <deque>
#include <future>
#include <thread>

#include <gtest/gtest.h>

#include "tests/fakes/fake_clock.h"
#include "tests/fakes/registry_values.h"

namespace hakoban {
namespace {

// Answers in order; the last one for ever.
class ScriptedSource final : public CredentialsSource {
 public:
  [[nodiscard]] std::string_view name() const override { return "script"; }
  [[nodiscard]] Result<Credentials> fetch(const std::stop_token& stop) override {
    ++fetches;
    if (before_answer) before_answer(stop);
    auto answer = script.front();
    if (script.size() > 1) script.pop_front();
    return answer;
  }

  std::deque<Result<Credentials>> script;
  std::function<void(const std::stop_token&)> before_answer;
  std::atomic<int> fetches{0};
};

struct CachedCredentialsTest : ::testing::Test {
  CachedCredentialsTest() {
    auto made = std::make_unique<ScriptedSource>();
    source = made.get();
    cache = std::make_unique<CachedCredentials>(std::move(made), clock, registry, CachedCredentialsConfig{},
                                                [] { return 0.0; });
  }

  Credentials expiring_in(Duration life, const std::string& id) {
    return {id, "secret", "token", clock.now() + life};
  }
  std::string id() {
    const auto got = cache->get({});
    return got ? got->access_key_id : std::string{name_of(got.error().code)};
  }

  FakeClock clock;
  prometheus::Registry registry;
  ScriptedSource* source = nullptr;
  std::unique_ptr<CachedCredentials> cache;
};

TEST_F(CachedCredentialsTest, are_fetched_once_and_renewed_five_minutes_before_they_expire) {
  source->script = {expiring_in(1h, "one"), expiring_in(2h, "two")};
  EXPECT_EQ(id(), "one");
  clock.advance(54min);
  EXPECT_EQ(id(), "one");
  EXPECT_EQ(source->fetches, 1);
  clock.advance(2min);
  EXPECT_EQ(id(), "two");
  EXPECT_EQ(id(), "two");
  EXPECT_EQ(source->fetches, 2);
  EXPECT_EQ(value_in(registry, "hakoban_aws_credentials_refreshes_total", {{"outcome", "ok"}}), 2);
}

TEST_F(CachedCredentialsTest, that_never_expire_are_never_renewed) {
  source->script = {Credentials{"one", "s", "", std::nullopt}};
  EXPECT_EQ(id(), "one");
  clock.advance(24h * 365);
  EXPECT_EQ(id(), "one");
  EXPECT_EQ(source->fetches, 1);
}

TEST_F(CachedCredentialsTest, with_a_life_shorter_than_the_margin_are_renewed_at_half_of_it) {
  source->script = {expiring_in(4min, "one"), expiring_in(9min, "two")};
  EXPECT_EQ(id(), "one");
  clock.advance(119s);
  EXPECT_EQ(id(), "one");
  clock.advance(1s);
  EXPECT_EQ(id(), "two");
}

TEST_F(CachedCredentialsTest, old_ones_serve_while_a_renewal_fails_and_it_is_tried_again_with_back_off) {
  source->script = {expiring_in(1h, "one"), Error{Errc::timeout, "silence"}};
  EXPECT_EQ(id(), "one");
  clock.advance(56min);
  EXPECT_EQ(id(), "one");
  EXPECT_EQ(source->fetches, 2);
  EXPECT_EQ(id(), "one");
  EXPECT_EQ(source->fetches, 2) << "not again before the back-off is over";
  clock.advance(1s);
  EXPECT_EQ(id(), "one");
  EXPECT_EQ(source->fetches, 3);
  clock.advance(4min);
  EXPECT_EQ(id(), "timeout") << "and when they have expired the error is told";
  EXPECT_EQ(value_in(registry, "hakoban_aws_credentials_refreshes_total", {{"outcome", "timeout"}}), 3);
  source->script = {expiring_in(1h, "new")};
  clock.advance(1min);
  EXPECT_EQ(id(), "new");
}

TEST_F(CachedCredentialsTest, without_any_the_source_is_not_hammered) {
  source->script = {Error{Errc::unavailable, "nobody there"}};
  for (int i = 0; i < 100; ++i) EXPECT_EQ(id(), "unavailable");
  EXPECT_EQ(source->fetches, 1);
}

TEST_F(CachedCredentialsTest, that_the_source_hands_out_past_their_expiry_are_used_for_a_while) {
  source->script = {expiring_in(-1min, "stale"), expiring_in(2h, "fresh")};
  EXPECT_EQ(id(), "stale");
  EXPECT_EQ(id(), "stale");
  EXPECT_EQ(source->fetches, 1);
  clock.advance(5min);
  EXPECT_EQ(id(), "fresh");
}

TEST_F(CachedCredentialsTest, that_aws_calls_expired_are_replaced_at_once_by_one_fetch) {
  source->script = {expiring_in(1h, "one"), expiring_in(1h, "two")};
  const auto old = cache->get({}).value();
  EXPECT_EQ(cache->replace(old, {})->access_key_id, "two");
  EXPECT_EQ(cache->replace(old, {})->access_key_id, "two") << "another thread replaced them already";
  EXPECT_EQ(source->fetches, 2);
}

TEST_F(CachedCredentialsTest, that_cannot_be_replaced_come_back_as_they_are) {
  source->script = {expiring_in(1h, "one"), Error{Errc::timeout, "silence"}};
  const auto old = cache->get({}).value();
  EXPECT_EQ(cache->replace(old, {}).value(), old);
}

TEST_F(CachedCredentialsTest, a_renewal_that_hangs_holds_nobody_else_while_old_ones_are_valid) {
  source->script = {expiring_in(1h, "one"), expiring_in(2h, "two")};
  EXPECT_EQ(id(), "one");
  clock.advance(56min);
  std::promise<void> entered;
  std::promise<void> release;
  source->before_answer = [&](const std::stop_token&) {
    entered.set_value();
    release.get_future().wait();
  };
  std::jthread renewer{[&] { EXPECT_EQ(id(), "two"); }};
  entered.get_future().wait();
  EXPECT_EQ(id(), "one");
  release.set_value();
}

TEST_F(CachedCredentialsTest, who_waits_for_the_first_ones_shares_them_and_can_be_stopped) {
  source->script = {expiring_in(1h, "one")};
  std::promise<void> entered;
  std::promise<void> release;
  source->before_answer = [&](const std::stop_token&) {
    entered.set_value();
    release.get_future().wait();
  };
  std::jthread first{[&] { EXPECT_EQ(id(), "one"); }};
  entered.get_future().wait();
  std::jthread second{[&] { EXPECT_EQ(id(), "one"); }};
  std::stop_source stop;
  std::jthread third{[&] { EXPECT_EQ(cache->get(stop.get_token()).error().code, Errc::cancelled); }};
  stop.request_stop();
  third.join();
  release.set_value();
  first.join();
  second.join();
  EXPECT_EQ(source->fetches, 1);
}

TEST_F(CachedCredentialsTest, a_stop_during_the_renewal_is_no_failure) {
  source->script = {Error{Errc::cancelled, "stopped"}, expiring_in(1h, "one")};
  EXPECT_EQ(id(), "cancelled");
  EXPECT_EQ(id(), "one");
}

}  // namespace
}  // namespace hakoban
