#include "core/host/container_roll.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hakoban {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Key;
using ::testing::UnorderedElementsAre;

ContainerView container(const std::string& id, ContainerState state = ContainerState::running) {
  ContainerView it;
  it.id = id;
  it.name = "name-of-" + id;
  it.state = state;
  return it;
}

// As inspected: with more than a list tells.
ContainerView whole(const std::string& id, ContainerState state = ContainerState::running) {
  auto it = container(id, state);
  it.pid = 7;
  return it;
}

class Roll : public ::testing::Test {
 protected:
  // All jobs that are to be had now: "list" or an id.
  std::vector<std::string> jobs() {
    std::vector<std::string> given;
    while (const auto job = roll_.next_job(now_)) given.push_back(job->list ? "list" : job->id);
    return given;
  }
  void sync(const std::vector<ContainerView>& list) {
    roll_.connected(now_);
    EXPECT_THAT(jobs(), ElementsAre("list"));
    roll_.listed(list, now_);
    for (const auto& id : jobs()) roll_.inspected(whole(id));
    (void)roll_.take_changed();
  }

  SteadyPoint now_{1h};
  ContainerRoll roll_{{60s, {1s, 30s}, {1s, 30s}}};
};

TEST_F(Roll, asks_nothing_before_the_engine_is_there) {
  EXPECT_THAT(jobs(), IsEmpty());
  EXPECT_EQ(roll_.next_due(), SteadyPoint::max());
  EXPECT_FALSE(roll_.known());
}

TEST_F(Roll, is_known_when_each_container_of_the_first_list_was_asked_for) {
  roll_.connected(now_);
  EXPECT_THAT(jobs(), ElementsAre("list"));
  roll_.listed({container("a"), container("b")}, now_);
  EXPECT_THAT(jobs(), ElementsAre("a", "b"));
  roll_.inspected(whole("a"));
  EXPECT_FALSE(roll_.known());
  roll_.inspect_failed("b", now_, 0);
  EXPECT_TRUE(roll_.known());
  EXPECT_EQ(roll_.containers().at("b").name, "name-of-b") << "what the list told is better than nothing";
}

TEST_F(Roll, of_an_engine_without_containers_is_known_too_and_counts_as_a_change) {
  roll_.connected(now_);
  (void)jobs();
  roll_.listed({}, now_);
  EXPECT_TRUE(roll_.known());
  EXPECT_TRUE(roll_.take_changed());
  EXPECT_FALSE(roll_.take_changed());
}

TEST_F(Roll, inspects_a_container_after_each_event) {
  sync({});
  roll_.event("create", "a", now_);
  EXPECT_THAT(jobs(), ElementsAre("a"));
  roll_.inspected(whole("a", ContainerState::created));
  EXPECT_TRUE(roll_.take_changed());
  roll_.event("start", "a", now_);
  EXPECT_THAT(jobs(), ElementsAre("a"));
  roll_.inspected(whole("a"));
  EXPECT_EQ(roll_.containers().at("a").state, ContainerState::running);
}

TEST_F(Roll, several_events_before_the_inspection_are_one) {
  sync({});
  roll_.event("create", "a", now_);
  roll_.event("start", "a", now_);
  EXPECT_THAT(jobs(), ElementsAre("a"));
}

TEST_F(Roll, a_container_that_changes_while_it_is_inspected_is_inspected_again) {
  sync({});
  roll_.event("create", "a", now_);
  (void)jobs();
  roll_.event("start", "a", now_);
  EXPECT_THAT(jobs(), IsEmpty()) << "one inspection of it at a time";
  roll_.inspected(whole("a", ContainerState::created));
  EXPECT_THAT(jobs(), ElementsAre("a"));
}

TEST_F(Roll, a_destroyed_container_is_gone_at_once_and_a_late_answer_does_not_bring_it_back) {
  sync({container("a")});
  roll_.event("die", "a", now_);
  (void)jobs();
  roll_.event("destroy", "a", now_);
  EXPECT_THAT(roll_.containers(), IsEmpty());
  EXPECT_TRUE(roll_.take_changed());
  roll_.inspected(whole("a", ContainerState::exited));
  EXPECT_THAT(roll_.containers(), IsEmpty());
}

TEST_F(Roll, a_container_that_cannot_be_found_is_gone) {
  sync({container("a")});
  roll_.event("die", "a", now_);
  (void)jobs();
  roll_.gone("a");
  EXPECT_THAT(roll_.containers(), IsEmpty());
  EXPECT_THAT(jobs(), IsEmpty());
}

TEST_F(Roll, an_answer_that_says_nothing_new_is_no_change) {
  sync({container("a")});
  roll_.event("update", "a", now_);
  (void)jobs();
  roll_.inspected(whole("a"));
  EXPECT_FALSE(roll_.take_changed());
}

TEST_F(Roll, after_a_reconnection_everything_is_asked_again_and_what_went_meanwhile_is_gone) {
  sync({container("a"), container("b")});
  roll_.connected(now_);
  EXPECT_THAT(jobs(), ElementsAre("list"));
  EXPECT_THAT(roll_.containers(), UnorderedElementsAre(Key("a"), Key("b"))) << "kept until the engine tells";
  roll_.listed({container("b"), container("c")}, now_);
  EXPECT_THAT(roll_.containers(), ElementsAre(Key("b")));
  EXPECT_THAT(jobs(), ElementsAre("b", "c"));
  EXPECT_TRUE(roll_.known()) << "once known, always known";
}

TEST_F(Roll, a_list_does_not_count_for_a_container_that_had_an_event_since_it_was_asked_for) {
  sync({container("old")});
  roll_.connected(now_);
  EXPECT_THAT(jobs(), ElementsAre("list"));
  roll_.event("create", "new", now_);
  roll_.event("destroy", "old", now_);
  EXPECT_THAT(jobs(), ElementsAre("new"));
  roll_.inspected(whole("new"));
  roll_.listed({container("old")}, now_);
  EXPECT_THAT(roll_.containers(), ElementsAre(Key("new")));
  EXPECT_THAT(jobs(), IsEmpty());
}

TEST_F(Roll, a_list_of_the_engine_before_is_thrown_away) {
  roll_.connected(now_);
  EXPECT_THAT(jobs(), ElementsAre("list"));
  roll_.connected(now_);
  roll_.listed({container("a")}, now_);
  EXPECT_FALSE(roll_.known());
  EXPECT_THAT(jobs(), ElementsAre("list"));
}

TEST_F(Roll, the_safety_list_inspects_only_what_looks_different) {
  sync({container("a"), container("b"), container("c")});
  now_ += 59s;
  EXPECT_THAT(jobs(), IsEmpty());
  now_ += 1s;
  EXPECT_EQ(roll_.next_due(), now_);
  EXPECT_THAT(jobs(), ElementsAre("list"));
  auto renamed = container("c");
  renamed.name = "other";
  roll_.listed({container("a"), container("b", ContainerState::exited), renamed, container("d")}, now_);
  EXPECT_THAT(jobs(), ElementsAre("b", "c", "d"));
}

TEST_F(Roll, a_failed_inspection_is_tried_again_after_longer_and_longer_waits) {
  sync({container("a")});
  roll_.event("die", "a", now_);
  (void)jobs();
  EXPECT_EQ(roll_.inspect_failed("a", now_, 0), 1);
  EXPECT_THAT(jobs(), IsEmpty());
  now_ += 500ms;
  EXPECT_EQ(roll_.next_due(), now_);
  EXPECT_THAT(jobs(), ElementsAre("a"));
  EXPECT_EQ(roll_.inspect_failed("a", now_, 0), 2);
  now_ += 999ms;
  EXPECT_THAT(jobs(), IsEmpty());
  now_ += 1ms;
  EXPECT_THAT(jobs(), ElementsAre("a"));
  EXPECT_EQ(roll_.containers().at("a").state, ContainerState::running) << "old facts stay";
}

TEST_F(Roll, an_event_ends_the_wait_after_a_failed_inspection) {
  sync({container("a")});
  roll_.event("die", "a", now_);
  (void)jobs();
  roll_.inspect_failed("a", now_, 0);
  roll_.event("destroy", "a", now_);
  EXPECT_THAT(roll_.containers(), IsEmpty());
  roll_.event("start", "b", now_);
  (void)jobs();
  roll_.inspect_failed("b", now_, 0);
  roll_.event("oom", "b", now_);
  EXPECT_THAT(jobs(), ElementsAre("b"));
}

TEST_F(Roll, a_failed_list_is_tried_again_and_empties_nothing) {
  sync({container("a")});
  roll_.connected(now_);
  (void)jobs();
  roll_.list_failed(now_, 0);
  EXPECT_THAT(roll_.containers(), ElementsAre(Key("a")));
  EXPECT_THAT(jobs(), IsEmpty());
  now_ += 500ms;
  EXPECT_THAT(jobs(), ElementsAre("list"));
  roll_.listed({container("a")}, now_);
  EXPECT_THAT(jobs(), ElementsAre("a")) << "it is still the list after a reconnection";
}

}  // namespace
}  // namespace hakoban
