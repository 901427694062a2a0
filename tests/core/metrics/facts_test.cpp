#include <gtest/gtest.h>

#include "core/metrics/ecs_labels.h"
#include "core/metrics/host_families.h"
#include "core/metrics/process_facts.h"

namespace hakoban {
namespace {

TEST(MachineFacts, CountProcessorsAndMemory) {
  const auto facts = read_machine_facts("cpu  1 2\ncpu0 1\ncpu1 1\ncpux\nbtime 5\n",
                                        "MemTotal:       24683020 kB\nMemFree: 1 kB\nSwapTotal:      0 kB\n");
  EXPECT_EQ(facts.cpu_cores, 2U);
  EXPECT_EQ(facts.memory_bytes, 24683020ULL * 1024);
  EXPECT_EQ(facts.swap_bytes, 0U);
}

TEST(MachineFacts, OfNothingAreNothing) {
  PageText page;
  write_machine_families(page, read_machine_facts("", "MemTotal: lots kB\n"));
  EXPECT_EQ(page.text(), "");
}

constexpr const char* kStat =
    "4711 (a) odd (name) S 1 4711 4711 0 -1 4194304 1 2 3 4 250 150 5 6 20 0 7 0 1000 123456 42 "
    "18446744073709551615 "
    "1 1\n";

TEST(ProcessFacts, ReadsPastAnyName) {
  const auto facts = read_process_facts(kStat, "cpu 1\nbtime 1700000000\n", {100, 4096});
  EXPECT_EQ(facts.cpu_ns, 4'000'000'000ULL);
  EXPECT_EQ(facts.threads, 7U);
  EXPECT_EQ(facts.virtual_bytes, 123456U);
  EXPECT_EQ(facts.resident_bytes, 42U * 4096);
  EXPECT_EQ(facts.start_time_seconds, 1700000010.0);
}

TEST(ProcessFacts, OfGarbageAreNothing) {
  for (const char* text : {"", "1 (x", "1 (x)", "1 (x) S\n)", "1 (x) S a b c d e f g h i j k l m"}) {
    const auto facts = read_process_facts(text, "btime\n", {100, 4096});
    EXPECT_EQ(facts.cpu_ns, std::nullopt) << text;
    EXPECT_EQ(facts.start_time_seconds, std::nullopt) << text;
  }
  EXPECT_EQ(read_process_facts(kStat, "", {100, 4096}).start_time_seconds, std::nullopt);
}

TEST(ContainerLabels, TakeAllowedDockerLabelsOnce) {
  ContainerView container;
  container.name = "n";
  container.labels = {{"a.b", "1"}, {"a-b", "2"}, {"c", "3"}};
  const LabelRules rules{{"a.b", "a-b", "missing"}, {}};
  EXPECT_EQ(container_labels(container, nullptr, "/docker/x", rules),
            "id=\"/docker/x\",name=\"n\",container_label_a_b=\"1\"");
}

TEST(ContainerRole, IsPauseSidecarOrAppAndUnknownUntilTheDefinitionIs) {
  const std::vector<std::string> sidecars{"envoy", "ecs-service-connect-*"};
  const auto role = [&](const char* name, std::optional<bool> essential, bool pause = false) {
    ContainerView container;
    container.ecs_name = name;
    container.essential = essential;
    container.pause = pause;
    return role_of(container, sidecars);
  };
  EXPECT_EQ(role("app", true), "app");
  EXPECT_EQ(role("app", std::nullopt), "");
  EXPECT_EQ(role("metrics", false), "sidecar");
  EXPECT_EQ(role("envoy", true), "sidecar") << "the rule knows better: a proxy is essential and no app";
  EXPECT_EQ(role("envoys", true), "app");
  EXPECT_EQ(role("ecs-service-connect-Xy1", std::nullopt), "sidecar");
  EXPECT_EQ(role("~internal~ecs~pause", std::nullopt, true), "pause");
}

}  // namespace
}  // namespace hakoban
