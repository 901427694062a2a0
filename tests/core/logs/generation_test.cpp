#include "core/logs/generation.h"

#include <gtest/gtest.h>

namespace hakoban {
namespace {

using Kind = ChainMatch::Kind;

TimePoint at(const char* time) {
  return parse_rfc3339(time).value();
}

TEST(GenerationName, is_the_time_of_the_first_record) {
  EXPECT_EQ(generation_name(at("2026-11-23T20:52:58.5Z"), ""), "20261123T205258.500000000Z");
  EXPECT_LT(generation_name(at("2026-11-23T20:52:58.5Z"), ""),
            generation_name(at("2026-11-24T00:00:00Z"), ""));
}

TEST(GenerationName, differs_when_the_pieces_of_one_message_fill_several_files) {
  const auto first = generation_name(at("2026-11-23T20:52:58Z"), "");
  const auto second = generation_name(at("2026-11-23T20:52:58Z"), first);
  const auto third = generation_name(at("2026-11-23T20:52:58Z"), second);
  EXPECT_EQ(second, first + ".2");
  EXPECT_EQ(third, first + ".3");
}

TEST(GenerationName, without_a_time_follows_the_one_before) {
  EXPECT_EQ(generation_name(std::nullopt, ""), "00000000T000000.000000000Z");
  EXPECT_EQ(generation_name(std::nullopt, "20261123T205258.500000000Z"), "20261123T205258.500000000Z.2");
}

const FileIdentity kOne{1, 11, 100};
const FileIdentity kTwo{1, 12, 200};
const FileIdentity kThree{1, 13, 300};

KnownGeneration known(const FileIdentity& identity, std::uint64_t planned = 10) {
  return {identity, "name", planned};
}
FoundFile found(const FileIdentity& identity, std::uint64_t size = 50) {
  return {identity, size};
}

struct Case {
  const char* name;
  std::vector<KnownGeneration> known;
  std::vector<FoundFile> found;
  bool kept_open;
  std::vector<ChainMatch> matches;
};

class MatchChain : public ::testing::TestWithParam<Case> {};

TEST_P(MatchChain, tells_what_each_file_is) {
  EXPECT_EQ(match_chain(GetParam().known, GetParam().found, GetParam().kept_open), GetParam().matches);
}

INSTANTIATE_TEST_SUITE_P(
    Chains, MatchChain,
    ::testing::Values(
        Case{"all_is_fresh_at_first", {}, {found(kOne), found(kTwo)}, false, {{Kind::fresh}, {Kind::fresh}}},
        Case{"the_same_file_goes_on", {known(kOne)}, {found(kOne)}, false, {{Kind::known, 0}}},
        Case{"a_rotation_leaves_an_old_and_a_fresh_one",
             {known(kOne)},
             {found(kOne), found(kTwo)},
             true,
             {{Kind::known, 0}, {Kind::fresh}}},
        Case{"what_is_older_than_the_known_was_stored",
             {known(kTwo)},
             {found(kOne), found(kTwo), found(kThree)},
             false,
             {{Kind::stored}, {Kind::known, 0}, {Kind::fresh}}},
        Case{"all_is_fresh_when_the_known_was_deleted",
             {known(kOne)},
             {found(kTwo), found(kThree)},
             false,
             {{Kind::fresh}, {Kind::fresh}}},
        Case{"an_inode_used_again_is_another_file",
             {known(kOne)},
             {found({1, 11, 999})},
             false,
             {{Kind::fresh}}},
        Case{
            "a_truncated_file_is_another_file", {known(kOne, 60)}, {found(kOne, 50)}, false, {{Kind::fresh}}},
        Case{"a_device_number_may_change_with_a_reboot",
             {known(kOne)},
             {found({9, 11, 100})},
             false,
             {{Kind::known, 0}}},
        Case{"an_open_file_is_known_by_its_inode_alone",
             {known(kOne)},
             {found({1, 14, 100})},
             true,
             {{Kind::fresh}}},
        Case{"an_open_file_had_no_line_when_it_was_named",
             {known({1, 11, 0}, 0)},
             {found(kOne), found(kTwo)},
             true,
             {{Kind::known, 0}, {Kind::fresh}}},
        Case{"two_of_one_head_are_told_apart_by_inode",
             {known(kOne), known({1, 12, 100})},
             {found(kOne), found({1, 12, 100})},
             false,
             {{Kind::known, 0}, {Kind::known, 1}}}),
    [](const auto& each) { return each.param.name; });

TEST(HashOfHead, tells_lines_apart_and_is_never_nothing) {
  EXPECT_NE(hash_of_head("a"), hash_of_head("b"));
  EXPECT_NE(hash_of_head(""), 0U);
}

}  // namespace
}  // namespace hakoban
