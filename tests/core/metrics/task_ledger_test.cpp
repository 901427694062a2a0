#include "core/metrics/task_ledger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fakes/exposition_reader.h"

namespace hakoban {
namespace {

using testing::IsEmpty;
using testing_tools::ExpositionReader;

const TimePoint kNoon{std::chrono::sys_days{std::chrono::year{2026} / 11 / 25} + 12h};
const std::string kArn = "arn:aws:ecs:eu-west-1:1:task/prod/aa";

ContainerView container(const std::string& id, TimePoint started) {
  ContainerView view;
  view.id = id;
  view.ecs_name = id;
  view.state = ContainerState::running;
  view.started_at = started;
  return view;
}

void end(ContainerView& view, TimePoint at, int code) {
  view.state = ContainerState::exited;
  view.finished_at = at;
  view.exit_code = code;
}

HostView host_with(std::vector<ContainerView> containers, TaskKind kind = TaskKind::batch) {
  TaskView task;
  task.arn = kArn;
  task.id = "aa";
  task.cluster = "prod";
  task.family = "report";
  task.kind = kind;
  task.containers = std::move(containers);
  HostView view;
  view.containers_known = true;
  view.tasks = {std::move(task)};
  return view;
}

const FamilyKey kReport{"prod", "", "report"};

FamilyTotals totals_of(const TaskLedger& ledger, const FamilyKey& key = kReport) {
  const auto families = ledger.families();
  const auto found = families.find(key);
  return found == families.end() ? FamilyTotals{} : found->second;
}

TEST(TaskLedger, ATaskBetweenTwoScrapesIsCountedWithWhatItUsed) {
  TaskLedger ledger{{}, kNoon};
  auto job = container("job", kNoon + 1s);
  job.essential = true;
  ledger.follow(host_with({job}), kNoon + 1s);
  ledger.measured(kArn, {2'000'000'000, 4096, 0, 10, 20});
  end(job, kNoon + 3s, 7);
  ledger.follow(host_with({job}), kNoon + 3s);
  ledger.measured(kArn, {3'000'000'000, 8192, 1, 11, 21});
  ledger.settle(kNoon + 3s);
  const auto totals = totals_of(ledger);
  EXPECT_EQ(totals.started, 1U);
  EXPECT_EQ(totals.finished, (std::map<std::string, std::uint64_t>{{"7", 1}}));
  EXPECT_EQ(totals.cpu_ns, 3'000'000'000U);
  EXPECT_EQ(totals.oom_kills, 1U);
  EXPECT_EQ(totals.receive_bytes, 11U);
  EXPECT_EQ(totals.durations, 2s);
  EXPECT_EQ(totals.unmeasured, 0U);
  ASSERT_EQ(ledger.finished().size(), 1U);
  EXPECT_EQ(ledger.finished()[0].totals.max_memory_bytes, 8192U);
  EXPECT_FALSE(ledger.open(kArn));
  ledger.follow(host_with({job}), kNoon + 9s);
  ledger.settle(kNoon + 9s);
  EXPECT_EQ(totals_of(ledger), totals) << "Docker keeps what is stopped for hours: it counts once";
}

TEST(TaskLedger, OneThatWasNeverSeenRunningCountsToo) {
  TaskLedger ledger{{}, kNoon};
  auto job = container("job", kNoon + 1s);
  end(job, kNoon + 2s, 0);
  ledger.follow(host_with({job}), kNoon + 3s);
  ledger.settle(kNoon + 30s);
  EXPECT_EQ(totals_of(ledger).started, 1U);
  EXPECT_EQ(totals_of(ledger).finished.at("0"), 1U);
  EXPECT_EQ(totals_of(ledger).unmeasured, 1U);
}

TEST(TaskLedger, WhatEndedBeforeTheAgentBeganIsNotCounted) {
  TaskLedger ledger{{}, kNoon};
  auto job = container("job", kNoon - 60s);
  end(job, kNoon - 30s, 0);
  ledger.follow(host_with({job}), kNoon);
  ledger.settle(kNoon + 60s);
  EXPECT_EQ(totals_of(ledger), FamilyTotals{});
}

TEST(TaskLedger, WhatRanBeforeTheAgentBeganCountsFromItsFirstReading) {
  TaskLedger ledger{{}, kNoon};
  ledger.follow(host_with({container("job", kNoon - 1h)}), kNoon);
  ledger.measured(kArn, {900, 4096, 2, 100, 200});
  ledger.settle(kNoon);
  EXPECT_EQ(totals_of(ledger).cpu_ns, 0U) << "a restarted agent must not count an hour twice";
  ledger.measured(kArn, {950, 4096, 3, 130, 200});
  EXPECT_EQ(totals_of(ledger).cpu_ns, 50U);
  EXPECT_EQ(totals_of(ledger).oom_kills, 1U);
  EXPECT_EQ(totals_of(ledger).receive_bytes, 30U);
  EXPECT_EQ(totals_of(ledger).started, 0U);
}

TEST(TaskLedger, RunningTasksAreInTheFamilysCounterAndItNeverGoesBack) {
  TaskLedger ledger{{}, kNoon};
  auto job = container("job", kNoon + 1s);
  ledger.follow(host_with({job}), kNoon + 1s);
  ledger.measured(kArn, {500, 1, 0, 0, 0});
  ledger.settle(kNoon + 1s);
  EXPECT_EQ(totals_of(ledger).cpu_ns, 500U);
  ledger.measured(kArn, {{}, {}, {}, {}, {}});  // its files were gone already
  ledger.measured(kArn, {400, 1, 0, 0, 0});
  EXPECT_EQ(totals_of(ledger).cpu_ns, 500U);
  end(job, kNoon + 2s, 0);
  ledger.follow(host_with({job}), kNoon + 2s);
  ledger.settle(kNoon + 20s);
  EXPECT_EQ(totals_of(ledger).cpu_ns, 500U);
}

TEST(TaskLedger, APauseBetweenTwoContainersIsNoEnd) {
  TaskLedger ledger{{}, kNoon};
  auto init = container("init", kNoon + 1s);
  end(init, kNoon + 2s, 0);
  init.essential = false;
  ledger.follow(host_with({init}), kNoon + 2s);
  ledger.settle(kNoon + 3s);
  EXPECT_TRUE(ledger.open(kArn));
  auto app = container("app", kNoon + 4s);
  app.essential = true;
  ledger.follow(host_with({init, app}), kNoon + 4s);
  ledger.settle(kNoon + 60s);
  EXPECT_TRUE(ledger.open(kArn));
  end(app, kNoon + 70s, 3);
  ledger.follow(host_with({init, app}), kNoon + 70s);
  ledger.settle(kNoon + 70s);
  EXPECT_EQ(totals_of(ledger).finished, (std::map<std::string, std::uint64_t>{{"3", 1}}));
}

TEST(TaskLedger, WaitsForTheServiceToBeKnownButNotForEver) {
  TaskLedger ledger{{}, kNoon};
  auto view = host_with({container("app", kNoon + 1s)}, TaskKind::unknown);
  ledger.follow(view, kNoon + 1s);
  ledger.measured(kArn, {5, 1, 0, 0, 0});
  ledger.settle(kNoon + 2s);
  EXPECT_THAT(ledger.families(), IsEmpty());
  view.tasks[0].kind = TaskKind::service;
  view.tasks[0].service = "shop";
  ledger.follow(view, kNoon + 3s);
  ledger.settle(kNoon + 3s);
  EXPECT_EQ(totals_of(ledger, {"prod", "shop", "report"}).cpu_ns, 5U);

  TaskLedger alone{{}, kNoon};
  alone.follow(host_with({container("app", kNoon + 1s)}, TaskKind::unknown), kNoon + 1s);
  alone.settle(kNoon + 11s);
  EXPECT_EQ(totals_of(alone).started, 1U);
}

TEST(TaskLedger, ATaskThatDockerForgetsIsOver) {
  TaskLedger ledger{{}, kNoon};
  ledger.follow(host_with({container("job", kNoon + 1s)}), kNoon + 1s);
  auto empty = host_with({});
  empty.tasks.clear();
  ledger.follow(empty, kNoon + 5s);
  ledger.settle(kNoon + 5s);
  EXPECT_EQ(totals_of(ledger).finished, (std::map<std::string, std::uint64_t>{{"unknown", 1}}));
}

TEST(TaskLedger, AViewWithoutTheEngineEndsNothing) {
  TaskLedger ledger{{}, kNoon};
  ledger.follow(host_with({container("job", kNoon + 1s)}), kNoon + 1s);
  ledger.follow(HostView{}, kNoon + 2s);
  ledger.settle(kNoon + 60s);
  EXPECT_TRUE(ledger.open(kArn));
}

TEST(TaskLedger, DockersWordOfAKillCountsWhenTheKernelsCouldNotBeRead) {
  TaskLedger ledger{{}, kNoon};
  auto job = container("job", kNoon + 1s);
  end(job, kNoon + 2s, 137);
  job.oom_killed = true;
  job.essential = true;
  ledger.follow(host_with({job}), kNoon + 2s);
  ledger.settle(kNoon + 2s);
  EXPECT_EQ(totals_of(ledger).oom_kills, 1U);
  EXPECT_EQ(ledger.finished()[0].totals.oom_kills, 1U);
}

TEST(TaskLedger, FinishedTasksAreToldOfForAWhileAndNoMoreThanMany) {
  TaskLedger ledger{{.keep_finished = 5min, .most_finished = 2}, kNoon};
  for (int i = 0; i < 3; ++i) {
    auto view = host_with({container("job", kNoon + 1s)});
    view.tasks[0].arn += std::to_string(i);
    view.tasks[0].id += std::to_string(i);
    end(view.tasks[0].containers[0], kNoon + 2s, 0);
    view.tasks[0].last_status = "STOPPED";
    ledger.follow(view, kNoon + 2s);
    ledger.settle(kNoon + 2s);
  }
  ASSERT_EQ(ledger.finished().size(), 2U);
  EXPECT_THAT(ledger.finished()[0].labels, testing::HasSubstr("aa1"));
  ledger.settle(kNoon + 2s + 5min);
  EXPECT_THAT(ledger.finished(), IsEmpty());
  EXPECT_EQ(totals_of(ledger).finished.at("0"), 3U);
}

TEST(LedgerFamilies, AreAGoodPage) {
  TaskLedger ledger{{}, kNoon};
  auto job = container("job", kNoon + 1s);
  job.essential = true;
  end(job, kNoon + 2500ms, 1);
  ledger.follow(host_with({job}), kNoon + 2s);
  ledger.measured(kArn, {1'500'000'000, 4096, 0, 10, 20});
  ledger.settle(kNoon + 2s);
  PageText page;
  write_ledger_families(page, ledger);
  const ExpositionReader read{page.text()};
  EXPECT_THAT(read.problems(), IsEmpty());
  EXPECT_EQ(read.value("ecs_family_tasks_finished_total", {"exit_code=\"1\"", "ecs_task_family=\"report\""}),
            "1");
  EXPECT_EQ(read.value("ecs_family_cpu_seconds_total"), "1.5");
  EXPECT_EQ(read.value("ecs_finished_task_duration_seconds", {"ecs_task_id=\"aa\""}), "1.5");
  EXPECT_EQ(read.value("ecs_finished_task_exit_code"), "1");
  EXPECT_EQ(read.value("ecs_finished_task_oom_kills"), "0");
}

}  // namespace
}  // namespace hakoban
