#include "handlers/metrics/status_pages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace hakoban {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(LandingPage, NamesTheProgramAndLinksSafely) {
  const auto page = landing_page("hakoban-agent", "1.2.3", {{"/metrics", "Metrics"}, {"/a\"><b>", "<i>&"}});
  const auto reply = page({.method = "GET", .path = "/"});
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.content_type, "text/html; charset=utf-8");
  EXPECT_THAT(reply.body, HasSubstr("hakoban-agent"));
  EXPECT_THAT(reply.body, HasSubstr("1.2.3"));
  EXPECT_THAT(reply.body, HasSubstr("<a href=\"/metrics\">Metrics</a>"));
  EXPECT_THAT(reply.body, Not(HasSubstr("<b>")));
  EXPECT_THAT(reply.body, HasSubstr("&lt;i&gt;&amp;"));
}

TEST(HealthPage, Is200WhenAllComponentsAreHealthy) {
  const auto reply = health_page([] {
    return Health{{{"logs", true, ""}, {"notices", true, "since 12:00"}}};
  })({.method = "GET", .path = "/healthz"});
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.content_type, "application/json");
  const auto json = nlohmann::json::parse(reply.body);
  EXPECT_EQ(json["healthy"], true);
  EXPECT_EQ(json["components"][1]["detail"], "since 12:00");
}

TEST(HealthPage, Is503WhenOneIsNot) {
  const auto reply = health_page([] {
    return Health{{{"logs", true, ""}, {"notices", false, "bad \xff byte"}}};
  })({.method = "GET", .path = "/healthz"});
  EXPECT_EQ(reply.status, 503);
  const auto json = nlohmann::json::parse(reply.body);
  EXPECT_EQ(json["healthy"], false);
  EXPECT_EQ(json["components"][1]["name"], "notices");
}

}  // namespace
}  // namespace hakoban
