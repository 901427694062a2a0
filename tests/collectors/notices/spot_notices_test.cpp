#include "collectors/notices/spot_notices.h"

#include <gtest/gtest.h>

#include "tests/fakes/fake_imds.h"

namespace hakoban {
namespace {

constexpr std::string_view kAction = "/latest/meta-data/spot/instance-action";
constexpr std::string_view kTime = "/latest/meta-data/spot/termination-time";

TimePoint at(std::string_view text) {
  return parse_rfc3339(text).value();
}

const TimePoint kNow = at("2026-11-23T12:00:00Z");

class EachAction : public testing::TestWithParam<std::string> {};

TEST_P(EachAction, is_read_with_its_time) {
  const auto notice =
      parse_instance_action(R"({"action":")" + GetParam() + R"(","time":"2026-11-23T12:02:00Z"})", kNow);
  ASSERT_TRUE(notice);
  EXPECT_EQ(notice->kind, NoticeKind::spot_interruption);
  EXPECT_EQ(notice->action, GetParam());
  EXPECT_EQ(notice->deadline, kNow + 2min);
  EXPECT_EQ(notice->seen_at, kNow);
}

INSTANTIATE_TEST_SUITE_P(InstanceAction, EachAction, testing::Values("terminate", "stop", "hibernate"));

class Garbage : public testing::TestWithParam<std::string> {};

TEST_P(Garbage, is_never_a_notice) {
  for (const auto& notice :
       {parse_instance_action(GetParam(), kNow), parse_termination_time(GetParam(), kNow)}) {
    ASSERT_FALSE(notice) << GetParam();
    EXPECT_EQ(notice.error().code, Errc::malformed);
    EXPECT_LT(notice.error().what.size(), 200U) << "a body must not flood the log";
  }
}

INSTANTIATE_TEST_SUITE_P(
    InstanceAction, Garbage,
    testing::Values("", " ", "null", "[]", "{}", "42", "\"terminate\"", "{", "\xff\xfe",
                    std::string(5000, 'x'), "<html><body>500 Internal Server Error</body></html>",
                    R"({"action":"terminate"})", R"({"time":"2026-11-23T12:02:00Z"})",
                    R"({"action":"terminate","time":"soon"})", R"({"action":"terminate","time":1700000000})",
                    R"({"action":"terminate","time":null})",
                    R"({"action":["terminate"],"time":"2026-11-23T12:02:00Z"})",
                    R"({"action":"dance","time":"2026-11-23T12:02:00Z"})",
                    R"({"action":"","time":"2026-11-23T12:02:00Z"})",
                    R"([{"action":"terminate","time":"2026-11-23T12:02:00Z"}])",
                    R"({"action":"terminate","time":"2026-13-23T12:02:00Z"})",
                    R"({"action":"terminate","time":"2026-11-23T12:02:00Z"} trailing)",
                    std::string(100000, '['), "2026-11-23", "2026-11-23T12:02:00Z and more"));

TEST(SpotNotices, says_nothing_while_nothing_stands_there) {
  FakeImds imds;
  const auto told = SpotNotices{}.poll(imds, kNow, {});
  ASSERT_TRUE(told);
  EXPECT_TRUE(told->empty());
}

TEST(SpotNotices, falls_back_on_the_older_form) {
  FakeImds imds;
  imds.set(kTime, "2026-11-23T12:02:00Z\n");
  const auto told = SpotNotices{}.poll(imds, kNow, {});
  ASSERT_TRUE(told);
  ASSERT_EQ(told->size(), 1U);
  EXPECT_EQ(told->front().action, "terminate");
  EXPECT_EQ(told->front().deadline, kNow + 2min);
}

TEST(SpotNotices, are_the_same_event_in_both_forms) {
  FakeImds imds;
  imds.set(kTime, "2026-11-23T12:02:00Z");
  const auto older = SpotNotices{}.poll(imds, kNow, {});
  imds.set(kAction, R"({"action":"terminate","time":"2026-11-23T12:02:00Z"})");
  const auto newer = SpotNotices{}.poll(imds, kNow, {});
  ASSERT_TRUE(older && newer);
  EXPECT_EQ(older->front().id, newer->front().id);
}

TEST(SpotNotices, believe_the_older_form_beside_garbage_in_the_newer_one) {
  FakeImds imds;
  imds.set(kAction, "<html>");
  imds.set(kTime, "2026-11-23T12:02:00Z");
  const auto told = SpotNotices{}.poll(imds, kNow, {});
  ASSERT_TRUE(told);
  EXPECT_EQ(told->size(), 1U);
}

TEST(SpotNotices, call_garbage_alone_malformed) {
  FakeImds imds;
  imds.set(kAction, "<html>");
  const auto told = SpotNotices{}.poll(imds, kNow, {});
  ASSERT_FALSE(told);
  EXPECT_EQ(told.error().code, Errc::malformed);
}

TEST(SpotNotices, do_not_believe_a_time_long_past) {
  FakeImds imds;
  imds.set(kTime, "2026-11-23T11:54:59Z");
  EXPECT_TRUE(SpotNotices{}.poll(imds, kNow, {}).value().empty());
  imds.set(kTime, "2015-01-05T18:02:00Z");
  EXPECT_TRUE(SpotNotices{}.poll(imds, kNow, {}).value().empty());
  imds.set(kTime, "1701-01-05T18:02:00Z");
  EXPECT_TRUE(SpotNotices{}.poll(imds, kNow, {}).value().empty());
  imds.set(kTime, "2026-11-23T11:59:00Z");
  EXPECT_EQ(SpotNotices{}.poll(imds, kNow, {}).value().size(), 1U) << "EC2 is late by a minute";
}

TEST(SpotNotices, hand_on_why_metadata_does_not_answer) {
  FakeImds imds;
  imds.fail(Error{Errc::denied, "401 twice"});
  const auto told = SpotNotices{}.poll(imds, kNow, {});
  ASSERT_FALSE(told);
  EXPECT_EQ(told.error(), (Error{Errc::denied, "reading spot/instance-action: 401 twice"}));
  EXPECT_EQ(imds.asked().size(), 1U) << "one failure is enough for one poll";
}

TEST(SpotNotices, apply_to_spot_instances_and_to_those_not_known) {
  Ec2Identity instance;
  EXPECT_TRUE(SpotNotices{}.applies(instance));
  instance.life_cycle = "spot";
  EXPECT_TRUE(SpotNotices{}.applies(instance));
  instance.life_cycle = "on-demand";
  EXPECT_FALSE(SpotNotices{}.applies(instance));
}

}  // namespace
}  // namespace hakoban
