#include "core/termination/call_desk.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hakoban {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

const SteadyPoint kStart{1h};

DeskItem instance(int number, const std::string& cluster = "prod") {
  return {cluster, fmt::format("arn:instance/{}", number), {}};
}

DeskItem target(const std::string& group, int number) {
  return {"", "", {group, fmt::format("i-{}", number), 80}};
}

struct CallDeskTest : ::testing::Test {
  DeskAnswer ask(const std::string& id, const std::vector<DeskItem>& items, Duration after = {}) {
    return desk.ask(id, items, kStart + after);
  }
  std::vector<DeskCall> due(Duration after) { return desk.due(kStart + after); }
  DeskStanding standing(const std::string& id, const std::vector<DeskItem>& items, Duration after) {
    return ask(id, items, after).standing;
  }

  CallDeskPolicy policy;
  CallDesk desk{policy};
};

TEST_F(CallDeskTest, waits_a_moment_and_makes_one_call_of_many_hosts_targets) {
  for (int host = 0; host < 50; ++host) (void)ask(fmt::format("h{}", host), {target("web", host)});
  EXPECT_THAT(due(100ms), IsEmpty()) << "others may still come";
  const auto calls = due(200ms);
  ASSERT_THAT(calls, SizeIs(1));
  EXPECT_EQ(calls[0].subject, "web");
  EXPECT_FALSE(calls[0].set_draining);
  EXPECT_THAT(calls[0].items, SizeIs(50));
  EXPECT_EQ(standing("h7", {target("web", 7)}, 300ms), DeskStanding::pending);
  desk.ended(calls[0], std::nullopt, {}, kStart + 400ms);
  EXPECT_EQ(standing("h7", {target("web", 7)}, 500ms), DeskStanding::done);
  EXPECT_EQ(desk.waiting(), 0U);
}

TEST_F(CallDeskTest, sets_ten_instances_draining_a_call_and_does_not_wait_for_more) {
  for (int host = 0; host < 25; ++host) (void)ask(fmt::format("h{}", host), {instance(host)});
  const auto calls = due(0ms);
  ASSERT_THAT(calls, SizeIs(2)) << "two are full; the third may fill up";
  EXPECT_THAT(calls[0].items, SizeIs(10));
  EXPECT_TRUE(calls[0].set_draining);
  EXPECT_EQ(calls[0].subject, "prod");
  EXPECT_THAT(due(200ms), SizeIs(1));
}

TEST_F(CallDeskTest, keeps_clusters_and_groups_apart) {
  (void)ask("a", {instance(1, "prod"), target("web", 1), target("api", 1)});
  (void)ask("b", {instance(2, "test")});
  const auto calls = due(200ms);
  ASSERT_THAT(calls, SizeIs(4));
  EXPECT_TRUE(calls[0].set_draining && calls[1].set_draining) << "draining comes first";
}

TEST_F(CallDeskTest, a_request_is_done_when_all_its_items_are) {
  const std::vector<DeskItem> items = {target("web", 1), target("api", 1)};
  (void)ask("a", items);
  const auto calls = due(200ms);
  ASSERT_THAT(calls, SizeIs(2));
  desk.ended(calls[0], std::nullopt, {}, kStart + 300ms);
  EXPECT_EQ(standing("a", items, 300ms), DeskStanding::pending);
  desk.ended(calls[1], std::nullopt, {}, kStart + 300ms);
  EXPECT_EQ(standing("a", items, 300ms), DeskStanding::done);
}

TEST_F(CallDeskTest, tries_a_throttled_call_again_with_growing_waits_and_what_came_meanwhile) {
  (void)ask("a", {target("web", 1)});
  auto calls = due(200ms);
  ASSERT_THAT(calls, SizeIs(1));
  desk.ended(calls[0], Error{Errc::throttled, "Rate exceeded"}, {}, kStart + 300ms);
  (void)ask("b", {target("web", 2)}, 310ms);
  EXPECT_THAT(due(540ms), IsEmpty());
  calls = due(560ms);
  ASSERT_THAT(calls, SizeIs(1));
  EXPECT_THAT(calls[0].items, SizeIs(2));
  desk.ended(calls[0], Error{Errc::throttled, "Rate exceeded"}, {}, kStart + 600ms);
  EXPECT_THAT(due(1050ms), IsEmpty());
  EXPECT_THAT(due(1110ms), SizeIs(1));
}

TEST_F(CallDeskTest, gives_a_wish_back_to_its_host_after_so_many_failures) {
  (void)ask("a", {target("web", 1)});
  Duration now = 200ms;
  for (int attempt = 0; attempt < policy.attempts; ++attempt, now += 10s) {
    EXPECT_EQ(standing("a", {target("web", 1)}, now), DeskStanding::pending);
    const auto calls = due(now);
    ASSERT_THAT(calls, SizeIs(1));
    desk.ended(calls[0], Error{Errc::unavailable, "nobody there"}, {}, kStart + now);
  }
  const auto answer = ask("a", {target("web", 1)}, now);
  EXPECT_EQ(answer.standing, DeskStanding::failed);
  EXPECT_EQ(answer.error->code, Errc::unavailable);
}

TEST_F(CallDeskTest, one_bad_item_fails_its_host_alone) {
  (void)ask("a", {instance(1)});
  (void)ask("b", {instance(2)});
  const auto calls = due(200ms);
  desk.ended(calls[0], std::nullopt, {{instance(1), Error{Errc::not_found, "MISSING"}}}, kStart + 300ms);
  EXPECT_EQ(ask("a", {instance(1)}, 400ms).error->code, Errc::not_found);
  EXPECT_EQ(standing("b", {instance(2)}, 400ms), DeskStanding::done);
}

TEST_F(CallDeskTest, a_refused_call_is_not_tried_again) {
  (void)ask("a", {target("web", 1)});
  const auto calls = due(200ms);
  desk.ended(calls[0], Error{Errc::denied, "AccessDenied"}, {}, kStart + 300ms);
  EXPECT_EQ(standing("a", {target("web", 1)}, 400ms), DeskStanding::failed);
  EXPECT_THAT(due(10s), IsEmpty());
}

TEST_F(CallDeskTest, the_same_wish_under_a_new_id_is_carried_out_again) {
  (void)ask("first", {target("web", 1)});
  desk.ended(due(200ms).at(0), std::nullopt, {}, kStart + 300ms);
  EXPECT_EQ(standing("second", {target("web", 1)}, 10s), DeskStanding::pending) << "it came back";
  EXPECT_THAT(due(10s + 200ms), SizeIs(1));
  EXPECT_EQ(standing("first", {target("web", 1)}, 11s), DeskStanding::done);
}

TEST_F(CallDeskTest, serves_the_longest_waiting_group_first_within_its_pace) {
  std::size_t made = 0;
  for (int group = 0; group < 40; ++group)
    (void)ask(fmt::format("g{}", group), {target(fmt::format("g{:02}", group), 1)});
  for (const DeskCall& call : due(200ms)) {
    ++made;
    desk.ended(call, std::nullopt, {}, kStart + 200ms);
  }
  EXPECT_EQ(made, 15U) << "the burst";
  // The first group wants something again; those that have waited longer come first.
  (void)ask("again", {target("g00", 2)}, 300ms);
  std::vector<std::string> order;
  for (Duration now = 300ms; now < 12s; now += 100ms) {
    for (const DeskCall& call : due(now)) {
      order.push_back(call.subject);
      desk.ended(call, std::nullopt, {}, kStart + now);
    }
  }
  ASSERT_THAT(order, SizeIs(26));
  EXPECT_EQ(order.back(), "g00");
}

TEST_F(CallDeskTest, forgets_hosts_that_ask_no_more) {
  (void)ask("a", {target("web", 1)});
  desk.ended(due(200ms).at(0), std::nullopt, {}, kStart + 300ms);
  (void)due(policy.keep_answers + 1s);
  EXPECT_EQ(standing("a", {target("web", 1)}, policy.keep_answers + 2s), DeskStanding::pending)
      << "the answer is gone: it is a new wish";
}

}  // namespace
}  // namespace hakoban
