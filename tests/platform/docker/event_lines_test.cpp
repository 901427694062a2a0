#include "platform/docker/event_lines.h"

#include <map>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "platform/files.h"

namespace hakoban {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> actions_of(const std::vector<std::string>& pieces, std::size_t limit = 1 << 20) {
  std::vector<std::string> actions;
  EventLines lines{[&](const DockerEvent& event) { actions.push_back(event.action); }, limit};
  for (const auto& piece : pieces) lines.add(piece);
  return actions;
}

std::string event(const std::string& action) {
  return R"({"Type":"container","Action":")" + action +
         R"(","Actor":{"ID":"abc"},"time":1,"timeNano":1000000001})";
}

TEST(EventLines, the_recorded_life_of_two_tasks_is_read_however_it_is_cut) {
  const auto text = *read_file(HAKOBAN_TESTS "/fixtures/ecs-agent/docker-events.jsonl");
  for (const std::size_t size : {1UL, 7UL, 1000UL, text.size()}) {
    std::map<std::string, int> seen;
    EventLines lines{[&](const DockerEvent& it) { ++seen[it.action]; }};
    for (std::size_t at = 0; at < text.size(); at += size) lines.add(std::string_view{text}.substr(at, size));
    EXPECT_THAT(seen, ElementsAre(std::pair<const std::string, int>{"create", 3},
                                  std::pair<const std::string, int>{"die", 3},
                                  std::pair<const std::string, int>{"start", 3}))
        << "network, kill and stop events change no container; pieces of " << size;
  }
}

TEST(EventLines, an_event_tells_the_container_and_the_nanosecond) {
  const auto read = read_event(event("start"));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->container_id, "abc");
  EXPECT_EQ(read->at, TimePoint{1000000001ns});
}

TEST(EventLines, health_checks_and_execs_are_left_out) {
  EXPECT_THAT(
      actions_of({event("exec_create: sh -c true") + "\n" + event("exec_start: sh -c true") + "\n" +
                  event("exec_die") + "\n" + event("health_status: healthy") + "\n" + event("oom") + "\n"}),
      ElementsAre("oom"));
}

TEST(EventLines, an_unfinished_line_waits_for_its_end) {
  EXPECT_THAT(actions_of({event("start")}), IsEmpty());
  EXPECT_THAT(actions_of({event("start"), "\r\n"}), ElementsAre("start"));
}

TEST(EventLines, garbage_between_events_is_skipped) {
  EXPECT_THAT(actions_of({"\n\nnonsense\n{\"Type\":\"container\"}\n{\"Type\":7,\"Action\":null}\n" +
                          event("die") + "\n"}),
              ElementsAre("die"));
}

TEST(EventLines, a_line_that_never_ends_does_not_fill_memory) {
  EXPECT_THAT(actions_of({std::string(300, 'x'), std::string(300, 'x') + "\n" + event("die") + "\n"}, 500),
              ElementsAre("die"));
}

TEST(EventLines, times_out_of_range_do_no_harm) {
  EXPECT_TRUE(
      read_event(R"({"Type":"container","Action":"die","Actor":{"ID":"a"},"time":9223372036854775807})"));
  EXPECT_TRUE(read_event(R"({"Type":"container","Action":"die","Actor":{"ID":"a"},"time":-5})"));
}

}  // namespace
}  // namespace hakoban
