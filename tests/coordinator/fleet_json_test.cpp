#include "coordinator/fleet_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "coordinator/replay.h"
#include "core/fleet/decide_size.h"
#include "platform/compression/gzip.h"
#include "tests/fakes/decision_case.h"

namespace hakoban {
namespace {

using testing::HasSubstr;

TEST(FleetJson, a_record_comes_back_as_it_was) {
  const auto record = rich_record();
  ASSERT_TRUE(record.decision.acts());
  const auto back = read_record(record_json(record).dump());
  ASSERT_TRUE(back) << back.error().what;
  EXPECT_EQ(back->at, record.at);
  EXPECT_EQ(back->snapshot, record.snapshot);
  EXPECT_EQ(back->policy, record.policy);
  EXPECT_EQ(back->decision, record.decision);
  EXPECT_EQ(back->outcomes, record.outcomes);
  EXPECT_EQ(back->dry_run, record.dry_run);
  EXPECT_EQ(back->holder, record.holder);
}

TEST(FleetJson, the_policy_is_written_whole_since_defaults_change) {
  const auto json = record_json(quiet_record());
  EXPECT_EQ(json["policy"]["spot"].value("out_above", 0.0), 0.7);
  EXPECT_EQ(json["policy"].value("boot_timeout", ""), "10m");
  EXPECT_FALSE(json["snapshot"]["instances"].at(0).contains("gpus"));
}

struct Garbage {
  std::string name;
  std::string text;
  std::string said;
};

class GarbageRecord : public testing::TestWithParam<Garbage> {};

TEST_P(GarbageRecord, names_the_place) {
  const auto got = read_record(GetParam().text);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, Errc::malformed);
  EXPECT_THAT(got.error().what, HasSubstr(GetParam().said));
}

INSTANTIATE_TEST_SUITE_P(
    FleetJson, GarbageRecord,
    testing::Values(
        Garbage{"nothing", "", "not JSON"}, Garbage{"cut", R"({"at": "2026)", "not JSON"},
        Garbage{"a_list", "[]", "not an object"},
        Garbage{"another_object", R"({"hello": 1})", "hello is not known; snapshot is missing"},
        Garbage{"a_wrong_number", R"({"snapshot": {"instances": [{}, {"cpu": "many"}]}})",
                "snapshot.instances[1].cpu is not a number in reach"},
        Garbage{"a_huge_number", R"({"snapshot": {"pools": [{"target": 18446744073709551615}]}})",
                "snapshot.pools[0].target is not a number in reach"},
        Garbage{"a_fraction", R"({"snapshot": {"pools": [{"target": 1.5}]}})", "not a number in reach"},
        Garbage{"a_port_out_of_range", R"({"snapshot": {"instances": [{"ports": [70000]}]}})", "ports[0]"},
        Garbage{"a_state_that_is_none", R"({"snapshot": {"instances": [{"state": "asleep"}]}})",
                "is none of active, draining, other"},
        Garbage{"a_wrong_time", R"({"at": "yesterday", "snapshot": {}})", "at is not a time"},
        Garbage{"a_wrong_duration", R"({"policy": {"boot_timeout": "soon"}, "snapshot": {}})",
                "policy.boot_timeout is not a duration"},
        Garbage{"a_member_misspelt", R"({"snapshot": {"pools": [{"traget": 1}]}})",
                "snapshot.pools[0].traget is not known"}),
    [](const auto& each) { return each.param.name; });

TEST(Replay, decides_the_same_again) {
  const auto record = rich_record();
  const auto back = read_record(record_json(record).dump());
  ASSERT_TRUE(back);
  EXPECT_THAT(differences(back->decision, decide_size(back->snapshot, back->policy, back->at)),
              testing::IsEmpty());
}

TEST(Replay, tells_what_another_policy_would_do) {
  const auto record = growing_record();
  auto policy = record.policy;
  policy.on_demand.out_above = 0.95;
  EXPECT_THAT(differences(record.decision, decide_size(record.snapshot, policy, record.at)),
              testing::IsSupersetOf({std::string{"- web: target 3"}, std::string{"+ web: target 2"}}));
}

TEST(Replay, reads_one_record_one_a_line_and_packed_ones) {
  const auto one = record_json(quiet_record());
  EXPECT_EQ(read_records(one.dump(2))->size(), 1U);
  const std::string lines = one.dump() + "\n\n" + one.dump() + "\n";
  EXPECT_EQ(read_records(lines)->size(), 2U);
  std::string packed;
  GzipCompressor{6}.append(lines, packed);
  EXPECT_EQ(read_records(packed)->size(), 2U);
}

TEST(Replay, names_the_line_that_it_cannot_read) {
  const auto got = read_records(record_json(quiet_record()).dump() + "\n{}\n");
  ASSERT_FALSE(got);
  EXPECT_THAT(got.error().what, HasSubstr("line 2: snapshot is missing"));
  EXPECT_THAT(read_records("\n").error().what, HasSubstr("holds no record"));
}

}  // namespace
}  // namespace hakoban
