#include "coordinator/decision_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "coordinator/fleet_pages.h"
#include "coordinator/replay.h"
#include "tests/fakes/decision_case.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/recording_store.h"
#include "tests/fakes/registry_values.h"

namespace hakoban {
namespace {

using Json = nlohmann::json;
using testing::ElementsAre;

class DecisionLogs : public testing::Test {
 protected:
  // Writes what waits, as the thread would.
  void write_all() {
    std::stop_source stopped;
    stopped.request_stop();
    log_.run(stopped.get_token());
  }

  FakeClock clock_;
  prometheus::Registry registry_;
  RecordingStore store_;
  DecisionLog log_{&store_, clock_, registry_, {3, 5min}};
};

TEST_F(DecisionLogs, keep_the_newest_for_people) {
  for (int i = 0; i < 4; ++i) log_.record(quiet_record(kFleetNoon + i * 1s));
  log_.record(growing_record(kFleetNoon + 4s));
  const auto all = log_.recent(10, false);
  ASSERT_EQ(all.size(), 3U);
  const auto newest = Json::parse(all[0]);
  EXPECT_EQ(newest["at"], "2026-11-23T12:00:04.000Z");
  EXPECT_EQ(newest["inputs"]["instances_active"], 2);
  EXPECT_EQ(newest["decision"]["pools"][0]["target"], 3);
  EXPECT_THAT(newest["decision"]["pools"][0]["reasons"][0].get<std::string>(),
              testing::HasSubstr("reservation above 80 %"));
  EXPECT_FALSE(newest.contains("snapshot"));
  EXPECT_EQ(log_.recent(1, false).size(), 1U);
  EXPECT_EQ(log_.recent(10, true).size(), 1U);
}

TEST_F(DecisionLogs, write_whole_what_acts_or_is_new) {
  log_.record(quiet_record(kFleetNoon));        // the first
  log_.record(quiet_record(kFleetNoon + 10s));  // like the one before
  log_.record(growing_record(kFleetNoon + 20s));
  log_.record(quiet_record(kFleetNoon + 30s));
  log_.record(quiet_record(kFleetNoon + 6min));  // once in five minutes
  write_all();
  EXPECT_THAT(store_.puts(),
              ElementsAre("main/dt=2026-11-23/120000.000Z.json.gz", "main/dt=2026-11-23/120020.000Z.json.gz",
                          "main/dt=2026-11-23/120600.000Z.json.gz"));
  EXPECT_EQ(value_in(registry_, "hakoban_fleet_records_total", {{"result", "written"}}), 3);
  const auto back = read_records(store_.objects().at("main/dt=2026-11-23/120020.000Z.json.gz"));
  ASSERT_TRUE(back) << back.error().what;
  EXPECT_EQ(back->at(0).decision, growing_record(kFleetNoon + 20s).decision);
  EXPECT_EQ(back->at(0).snapshot, growing_record(kFleetNoon + 20s).snapshot);
}

TEST_F(DecisionLogs, write_when_a_hold_begins_and_ends) {
  log_.record(quiet_record(kFleetNoon));
  auto held = quiet_record(kFleetNoon + 10s);
  held.decision.hold = "pools not seen for 1m";
  log_.record(held);
  held.at += 10s;
  log_.record(held);
  log_.record(quiet_record(kFleetNoon + 30s));
  write_all();
  EXPECT_EQ(store_.puts().size(), 3U);
  EXPECT_EQ(value_in(registry_, "hakoban_fleet_holds_total"), 2);
}

TEST_F(DecisionLogs, do_not_wait_for_a_store_that_does_not_answer) {
  for (int i = 0; i < 70; ++i) log_.record(growing_record(kFleetNoon + i * 1s));
  EXPECT_EQ(value_in(registry_, "hakoban_fleet_records_total", {{"result", "left_out"}}), 6);
}

TEST_F(DecisionLogs, count_what_the_store_refuses) {
  store_.before = [](const std::string&, const std::stop_token&) -> Result<void> {
    return Error{Errc::denied, "no"};
  };
  log_.record(growing_record());
  write_all();
  EXPECT_EQ(value_in(registry_, "hakoban_fleet_records_total", {{"result", "failed"}}), 1);
}

TEST_F(DecisionLogs, become_metrics) {
  log_.record(growing_record());
  const MetricLabels web{{"pool", "web"}};
  EXPECT_EQ(value_in(registry_, "hakoban_fleet_units", {{"pool", "web"}, {"of", "target"}}), 3);
  EXPECT_EQ(value_in(registry_, "hakoban_fleet_units", {{"pool", "web"}, {"of", "max"}}), 20);
  EXPECT_EQ(value_in(registry_, "hakoban_fleet_reservation_ratio", {{"pool", "web"}, {"resource", "cpu"}}),
            0.9);
  EXPECT_EQ(value_in(registry_, "hakoban_fleet_actions_decided_total", {{"action", "grow"}}), 1);
  EXPECT_EQ(value_in(registry_, "hakoban_fleet_decisions_total"), 1);
}

class FleetPages : public DecisionLogs {
 protected:
  FleetPages() { add_fleet_pages(routes_, view_, log_, {}); }

  HttpReply get(const std::string& path, const std::string& query = "") {
    return routes_.answer({"GET", path, query});
  }

  void see(const DecisionRecord& record) {
    view_.publish({record.snapshot, {{"i-1", "10.0.0.1"}, {"i-2", "fd00::2"}}, true, "coordinator-1"});
  }

  Latest<FleetView> view_;
  HttpRoutes routes_;
};

TEST_F(FleetPages, list_agents_for_prometheus) {
  see(rich_record());
  const auto reply = get("/sd");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.content_type, "application/json");
  const auto groups = Json::parse(reply.body);
  ASSERT_EQ(groups.size(), 2U) << "those of known address";
  EXPECT_EQ(groups[0]["targets"], Json::array({"10.0.0.1:9420"}));
  EXPECT_EQ(groups[1]["targets"], Json::array({"[fd00::2]:9420"}));
  EXPECT_EQ(groups[0]["labels"]["__meta_ecs_ec2_instance_id"], "i-1");
  EXPECT_EQ(groups[0]["labels"]["__meta_hakoban_pool"], "web");
  EXPECT_EQ(groups[0]["labels"]["__meta_hakoban_state"], "active");
}

TEST_F(FleetPages, before_the_cluster_was_seen_prometheus_keeps_what_it_has) {
  EXPECT_EQ(get("/sd").status, 503);
  EXPECT_EQ(get("/v1/cluster").status, 503);
}

TEST_F(FleetPages, show_the_cluster) {
  see(rich_record());
  const auto json = Json::parse(get("/v1/cluster").body);
  EXPECT_EQ(json["cluster"], "main");
  EXPECT_EQ(json["leader"], true);
  EXPECT_EQ(json["hosts"].size(), 4U);
  EXPECT_EQ(json["hosts"][0]["address"], "10.0.0.1");
  EXPECT_EQ(json["pools"][0]["name"], "web");
  EXPECT_EQ(json["short_services"][0]["missing"], 2);
  EXPECT_EQ(json["waiting_jobs"][0]["id"], "5f1c");
}

TEST_F(FleetPages, show_decisions_newest_first) {
  log_.record(quiet_record(kFleetNoon));
  log_.record(growing_record(kFleetNoon + 1s));
  log_.record(quiet_record(kFleetNoon + 2s));
  EXPECT_EQ(Json::parse(get("/v1/decisions").body)["decisions"].size(), 3U);
  EXPECT_EQ(Json::parse(get("/v1/decisions", "limit=2").body)["decisions"][0]["at"],
            "2026-11-23T12:00:02.000Z");
  EXPECT_EQ(Json::parse(get("/v1/decisions", "x&acting=1").body)["decisions"].size(), 1U);
  EXPECT_EQ(get("/v1/decisions", "limit=many").status, 400);
  EXPECT_EQ(get("/v1/decisions", "limit=0").status, 400);
}

}  // namespace
}  // namespace hakoban
