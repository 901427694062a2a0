#include "platform/docker/container_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "platform/files.h"

namespace hakoban {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

json recorded() {
  const auto text = read_file(HAKOBAN_TESTS "/fixtures/ecs-agent/docker-inspect.json");
  return json::parse(*text);
}

ContainerView read(const json& inspect) {
  auto container = read_container(inspect.dump());
  EXPECT_TRUE(container) << container.error().what;
  return *container;
}

json with_state(const json& state) {
  auto inspect = recorded()[0];
  inspect["State"] = state;
  return inspect;
}

TEST(ContainerJson, reads_the_recorded_app_of_a_service_task) {
  const auto app = read(recorded()[2]);
  EXPECT_EQ(app.id, "967c5a40ee6b2d06637df7273f8ab7a69b05ebec76d1a8cd60feab480b14a8ba");
  EXPECT_EQ(app.name, "ecs-web-1-app-f4caaa98aedea5c20c00");
  EXPECT_EQ(app.image, "bb:latest");
  EXPECT_EQ(app.labels.at("com.amazonaws.ecs.container-name"), "app");
  EXPECT_EQ(app.state, ContainerState::running);
  EXPECT_EQ(app.pid, 13043);
  ASSERT_TRUE(app.created_at);
  EXPECT_EQ(format_rfc3339(*app.started_at), "2026-11-23T20:52:58.839Z");
  EXPECT_EQ(app.finished_at, std::nullopt) << "0001-01-01 means never";
  EXPECT_EQ(app.exit_code, std::nullopt) << "it runs, although ExitCode is 0";
  EXPECT_EQ(app.cgroup_parent, "/ecs/58ece341-633a-4263-8f75-eaa566e1bb97");
  EXPECT_EQ(app.network_mode, "bridge");
  EXPECT_EQ(app.log_driver, "json-file");
  EXPECT_EQ(app.log_path, "/var/lib/docker/containers/" + app.id + "/" + app.id + "-json.log");
  EXPECT_THAT(app.ip_address, ::testing::StartsWith("172.31.77."));
  EXPECT_THAT(app.ports, ElementsAre(PublishedPort{80, 32768, "tcp"})) << "IPv4 and IPv6 are one";
}

TEST(ContainerJson, reads_all_recorded_containers) {
  for (const auto& inspect : recorded()) EXPECT_EQ(read(inspect).state, ContainerState::running);
}

struct StateCase {
  const char* name;
  const char* state;
  ContainerState wanted;
  std::optional<int> exit_code{};
};

const StateCase kStates[] = {
    {"never_started",
     R"({"Status":"created","ExitCode":0,"Pid":0,"StartedAt":"0001-01-01T00:00:00Z","FinishedAt":"0001-01-01T00:00:00Z"})",
     ContainerState::created},
    {"failed_to_start",
     R"({"Status":"created","ExitCode":127,"StartedAt":"0001-01-01T00:00:00Z","FinishedAt":"0001-01-01T00:00:00Z"})",
     ContainerState::created},
    {"paused",
     R"({"Status":"paused","Running":true,"Paused":true,"Pid":7,"ExitCode":0,"FinishedAt":"0001-01-01T00:00:00Z"})",
     ContainerState::paused},
    {"restarting",
     R"({"Status":"restarting","Running":true,"Restarting":true,"ExitCode":1,"FinishedAt":"2026-11-23T20:00:00Z"})",
     ContainerState::restarting, 1},
    {"started_again",
     R"({"Status":"running","Running":true,"ExitCode":0,"Pid":7,"FinishedAt":"2026-11-23T20:00:00Z"})",
     ContainerState::running},
    {"being_removed", R"({"Status":"removing","ExitCode":0,"FinishedAt":"2026-11-23T20:00:00Z"})",
     ContainerState::removing, 0},
    {"exited", R"({"Status":"exited","ExitCode":143,"FinishedAt":"2026-11-23T20:00:00.5Z"})",
     ContainerState::exited, 143},
    {"dead", R"({"Status":"dead","Dead":true,"ExitCode":137,"FinishedAt":"2026-11-23T20:00:00Z"})",
     ContainerState::dead, 137},
    {"told_by_flags_alone", R"({"Running":true,"Paused":true})", ContainerState::paused},
    {"with_a_status_nobody_knows", R"({"Status":"dreaming","Running":true})", ContainerState::running},
};

class ContainerStateOf : public ::testing::TestWithParam<StateCase> {};

TEST_P(ContainerStateOf, a_container) {
  const auto container = read(with_state(json::parse(GetParam().state)));
  EXPECT_EQ(container.state, GetParam().wanted);
  EXPECT_EQ(container.exit_code, GetParam().exit_code);
}

INSTANTIATE_TEST_SUITE_P(Cases, ContainerStateOf, ::testing::ValuesIn(kStates),
                         [](const auto& tested) { return std::string{tested.param.name}; });

TEST(ContainerJson, a_port_that_is_only_exposed_is_not_published) {
  auto inspect = recorded()[0];
  inspect["NetworkSettings"]["Ports"] = json::parse(
      R"({"80/tcp":null,"53/udp":[{"HostIp":"::","HostPort":"5301"},{"HostIp":"0.0.0.0","HostPort":"5300"}],
          "x/tcp":[{"HostPort":"1"}],"90/tcp":[{"HostIp":"0.0.0.0","HostPort":"99999"},{"HostPort":7},3]})");
  EXPECT_THAT(read(inspect).ports,
              ElementsAre(PublishedPort{53, 5300, "udp"}, PublishedPort{53, 5301, "udp"}))
      << "IPv4 first";
}

TEST(ContainerJson, an_address_on_a_network_of_the_user_is_found) {
  auto inspect = recorded()[0];
  inspect["NetworkSettings"]["IPAddress"] = "";
  inspect["NetworkSettings"]["Networks"] = {{"mine", {{"IPAddress", "10.1.2.3"}}}};
  EXPECT_EQ(read(inspect).ip_address, "10.1.2.3");
}

// Every member in turn is left out, null, and of each other type: the container is still read.
TEST(ContainerJson, no_member_but_the_id_is_needed) {
  const auto whole = recorded()[2];
  const json strange[] = {
      nullptr, 7, -1e300, "text", "0001-99-99T", true, json::array({1, nullptr}), json::object({{"a", 1}})};
  const auto paths = whole.flatten();
  for (const auto& [pointer, value] : paths.items()) {
    for (const auto& odd : strange) {
      for (auto at = json::json_pointer{pointer}; !at.empty(); at.pop_back()) {
        if (at.to_string() == "/Id") continue;
        auto inspect = whole;
        inspect[at] = odd;
        const auto container = read_container(inspect.dump());
        ASSERT_TRUE(container) << at.to_string();
        EXPECT_EQ(container->id, whole["Id"]);
      }
    }
  }
  EXPECT_TRUE(read_container(R"({"Id":"abc"})"));
}

TEST(ContainerJson, what_is_no_container_is_malformed) {
  for (const char* text :
       {"", "{", "null", "[]", "{}", R"({"Id":null})", R"({"Id":7})", "<html>", "\xff\xfe"})
    EXPECT_EQ(read_container(text).error().code, Errc::malformed) << text;
}

TEST(ContainerJson, a_list_tells_id_name_labels_and_state) {
  const auto list = read_container_list(
      R"([{"Id":"a","Names":["/web/db","/ecs-web-1"],"Image":"bb","State":"running","Labels":{"k":"v","n":null}},
          {"Id":"b","Names":null,"Labels":null,"State":"who-knows"},{"Id":null},7,null])");
  ASSERT_TRUE(list);
  ASSERT_EQ(list->size(), 2U);
  EXPECT_EQ(list->at(0).name, "ecs-web-1");
  EXPECT_EQ(list->at(0).state, ContainerState::running);
  EXPECT_THAT(list->at(0).labels, ElementsAre(std::pair<const std::string, std::string>{"k", "v"}));
  EXPECT_THAT(list->at(1).name, IsEmpty());
}

TEST(ContainerJson, what_is_no_list_is_malformed) {
  for (const char* text : {"", "{}", "null", "[{]"})
    EXPECT_EQ(read_container_list(text).error().code, Errc::malformed) << text;
}

}  // namespace
}  // namespace hakoban
