// What metadata tells of rebalance, the Auto Scaling group and maintenance, and what it must not be taken
// for.
#include <gtest/gtest.h>

#include "collectors/notices/lifecycle_notices.h"
#include "collectors/notices/maintenance_notices.h"
#include "collectors/notices/rebalance_notices.h"
#include "tests/fakes/fake_imds.h"

namespace hakoban {
namespace {

const TimePoint kNow = TimePoint{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23}} + 12h;

TEST(Rebalance, is_named_by_the_time_it_was_told_at) {
  const auto notice = parse_rebalance(R"({"noticeTime":"2020-11-05T08:22:00Z"})", kNow);
  ASSERT_TRUE(notice);
  EXPECT_EQ(notice->kind, NoticeKind::rebalance);
  EXPECT_EQ(notice->id, "rebalance-2020-11-05T08:22:00.000Z");
  EXPECT_FALSE(notice->deadline);
  EXPECT_EQ(notice->seen_at, kNow);
}

TEST(Rebalance, is_nothing_in_any_other_shape) {
  for (const char* body : {"", "null", "[]", "{}", R"({"noticeTime":5})", R"({"noticeTime":"soon"})",
                           R"({"noticetime":"2020-11-05T08:22:00Z"})", "<html>"}) {
    const auto notice = parse_rebalance(body, kNow);
    ASSERT_FALSE(notice) << body;
    EXPECT_EQ(notice.error().code, Errc::malformed) << body;
  }
}

TEST(TargetState, is_a_notice_where_the_instance_is_to_go) {
  for (const char* state :
       {"Terminated", "Warmed:Stopped", "Warmed:Hibernated", "Warmed:Terminated", "Terminated\n"}) {
    const auto notice = parse_target_state(state, kNow);
    ASSERT_TRUE(notice && *notice) << state;
    EXPECT_EQ((*notice)->kind, NoticeKind::lifecycle);
    EXPECT_EQ((*notice)->id, "lifecycle");
  }
}

TEST(TargetState, is_none_where_it_is_to_stay) {
  for (const char* state :
       {"InService", "Standby", "Detached", "Warmed:Running", "Warmed:Pending", "SomethingNew"}) {
    const auto notice = parse_target_state(state, kNow);
    ASSERT_TRUE(notice) << state;
    EXPECT_FALSE(*notice) << state;
  }
}

TEST(TargetState, is_malformed_when_it_is_no_word) {
  for (const char* state : {"", " ", "<html>", "Terminated now", "{}", "a:b:c"}) {
    const auto notice = parse_target_state(state, kNow);
    ASSERT_FALSE(notice) << state;
    EXPECT_EQ(notice.error().code, Errc::malformed) << state;
  }
}

TEST(EventTime, reads_what_ec2_writes) {
  const auto time = parse_event_time("21 Jan 2019 09:00:43 GMT");
  ASSERT_TRUE(time);
  EXPECT_EQ(format_rfc3339(*time), "2019-01-21T09:00:43.000Z");
  EXPECT_EQ(format_rfc3339(parse_event_time("1 Dec 2026 00:00:00 GMT").value()), "2026-12-01T00:00:00.000Z");
  for (const char* text :
       {"", "21 Jan 2019", "31 Feb 2019 09:00:43 GMT", "21 Jam 2019 09:00:43 GMT", "21 Jan 2019 9:00:43 GMT",
        "21 Jan 2019 09:00:43 PST", "21 Jan 2019 09:00:43 GMT x", "2019-01-21T09:00:43Z",
        "21 Jan 99999999999 09:00:43 GMT"}) {
    EXPECT_FALSE(parse_event_time(text)) << text;
  }
}

constexpr const char* kEvents = R"([
  {"NotBefore":"24 Nov 2026 09:00:43 GMT","Code":"system-reboot","Description":"scheduled reboot",
   "EventId":"instance-event-1","NotAfter":"24 Nov 2026 11:00:43 GMT","State":"active"},
  {"NotBefore":"20 Nov 2026 09:00:43 GMT","Code":"instance-stop","Description":"[Canceled] stop",
   "EventId":"instance-event-2","NotAfter":"","State":"canceled"}])";

TEST(Maintenance, tells_of_active_events_only) {
  const auto notices = parse_maintenance(kEvents, kNow);
  ASSERT_TRUE(notices);
  ASSERT_EQ(notices->size(), 1U);
  EXPECT_EQ(notices->front().id, "instance-event-1");
  EXPECT_EQ(notices->front().action, "system-reboot");
  EXPECT_EQ(format_rfc3339(*notices->front().deadline), "2026-11-24T09:00:43.000Z");
}

TEST(Maintenance, is_malformed_as_a_whole_when_any_event_is) {
  for (
      const char* body :
      {"", "{}", "[1]", R"([{"State":"active"}])", R"([{"Code":"system-reboot"}])",
       R"([{"State":"active","EventId":"e","Code":"system-reboot","NotBefore":"soon"}])",
       R"([{"State":"active","EventId":"","Code":"system-reboot","NotBefore":"21 Jan 2019 09:00:43 GMT"}])"}) {
    const auto notices = parse_maintenance(body, kNow);
    ASSERT_FALSE(notices) << body;
    EXPECT_EQ(notices.error().code, Errc::malformed) << body;
  }
  EXPECT_TRUE(parse_maintenance("[]", kNow)->empty());
}

TEST(EventSources, tell_nothing_where_metadata_answers_404) {
  FakeImds imds;
  EXPECT_TRUE(RebalanceNotices{}.poll(imds, kNow, {})->empty());
  EXPECT_TRUE(LifecycleNotices{}.poll(imds, kNow, {})->empty());
  EXPECT_TRUE(MaintenanceNotices{}.poll(imds, kNow, {})->empty());
  imds.fail(Error{Errc::timeout, "no answer"});
  EXPECT_EQ(LifecycleNotices{}.poll(imds, kNow, {}).error().code, Errc::timeout);
}

}  // namespace
}  // namespace hakoban
