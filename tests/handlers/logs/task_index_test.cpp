#include "handlers/logs/task_index.h"

#include <gmock/gmock.h>

#include "platform/files.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/recording_store.h"
#include "tests/fakes/temporary_folder.h"

namespace hakoban {
namespace {

using nlohmann::json;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const std::string kTask(32, '7');
const std::string kApp(64, 'a');

class TaskIndexTest : public ::testing::Test {
 protected:
  TaskIndexTest() {
    TaskView task;
    task.id = kTask;
    task.arn = "arn:aws:ecs:us-east-1:1:task/web/" + kTask;
    task.cluster = "web";
    task.family = "shop";
    task.service = "shop-service";
    task.kind = TaskKind::service;
    ContainerView app;
    app.id = kApp;
    app.ecs_name = "app";
    app.log_driver = "json-file";
    app.state = ContainerState::running;
    app.started_at = clock.now();
    task.containers = {app};
    view.tasks = {task};
    view.containers_known = true;
    view.ec2.instance_id = "i-1";
    config.folder = folder.path() / "tasks";
    start();
  }

  void start() {
    registry = std::make_unique<prometheus::Registry>();
    index = std::make_unique<TaskIndex>(hosts, store, clock, *registry, config);
    index->follow([this] { return progress; });
  }
  void log(std::uint64_t lines, std::uint64_t pending, bool ended, const std::string& date = "2026-11-23") {
    LogProgress made;
    made.id = kApp;
    made.place = LogPlace{"shop-service/app", kTask};
    made.totals.lines = lines;
    made.totals.bytes = lines * 100;
    made.totals.objects = 1;
    if (!progress.empty()) made.totals.lines_by_date = progress[0].totals.lines_by_date;
    made.totals.lines_by_date[date] = lines;
    made.pending_bytes = pending;
    made.ended = ended;
    progress = {made};
  }
  void look() {
    hosts.publish(view);
    clock.advance(2s);
    index->look(running.get_token());
  }
  [[nodiscard]] json stored() const {
    const auto objects = store.objects();
    const auto found = objects.find("_tasks/" + kTask + "/task.json");
    return found == objects.end() ? json{} : json::parse(found->second);
  }
  void stop_app(int code) {
    auto& app = view.tasks[0].containers[0];
    app.state = ContainerState::exited;
    app.exit_code = code;
    app.finished_at = clock.now();
  }

  TemporaryFolder folder;
  std::stop_source running;
  FakeClock clock;
  RecordingStore store;
  Latest<HostView> hosts;
  HostView view;
  TaskIndexConfig config;
  std::vector<LogProgress> progress;
  std::unique_ptr<prometheus::Registry> registry;
  std::unique_ptr<TaskIndex> index;
};

TEST_F(TaskIndexTest, tells_where_a_task_s_logs_lie_from_its_start_and_how_it_ended) {
  log(0, 10, false);
  look();
  EXPECT_EQ(stored()["status"], "running");
  EXPECT_EQ(stored()["service"], "shop-service");
  EXPECT_EQ(stored()["instance_id"], "i-1");
  EXPECT_EQ(stored()["containers"][0]["folder"], "shop-service/app");
  stop_app(137);
  view.tasks[0].containers[0].oom_killed = true;
  log(5, 10, true);
  look();
  EXPECT_EQ(stored()["status"], "stopped");
  EXPECT_EQ(stored()["complete"], false);
  log(7, 0, true);
  look();
  const auto container = stored()["containers"][0];
  EXPECT_EQ(stored()["complete"], true);
  EXPECT_EQ(container["exit_code"], 137);
  EXPECT_EQ(container["oom_killed"], true);
  EXPECT_EQ(container["lines"], 7);
  EXPECT_EQ(container["dates"]["2026-11-23"], 7);
  EXPECT_TRUE(std::filesystem::is_empty(config.folder));
}

TEST_F(TaskIndexTest, puts_for_news_and_not_for_each_line) {
  log(0, 10, false);
  look();
  for (std::uint64_t lines = 1; lines < 20; ++lines) {
    log(lines, 10, false);
    look();
  }
  EXPECT_THAT(store.puts(), SizeIs(1));
  log(21, 10, false, "2026-11-24");
  look();
  EXPECT_THAT(store.puts(), SizeIs(2));
}

TEST_F(TaskIndexTest, its_last_look_tells_the_counts_even_if_logs_are_to_come) {
  log(1, 10, false);
  look();
  log(40, 10, false);
  look();
  EXPECT_EQ(stored()["containers"][0]["lines"], 1);
  index->look({});
  EXPECT_EQ(stored()["containers"][0]["lines"], 40);
  EXPECT_EQ(stored()["complete"], false);
}

TEST_F(TaskIndexTest, waits_for_ecs_to_tell_what_the_task_is_but_not_for_ever) {
  view.tasks[0].kind = TaskKind::unknown;
  look();
  EXPECT_THAT(store.puts(), IsEmpty());
  clock.advance(config.identity_wait);
  look();
  EXPECT_THAT(store.puts(), SizeIs(1));
}

TEST_F(TaskIndexTest, keeps_what_it_knew_over_a_restart_and_after_docker_forgot_the_task) {
  log(5, 10, false);
  look();
  start();
  view.tasks.clear();
  log(9, 0, true);
  look();
  EXPECT_EQ(stored()["complete"], true);
  EXPECT_EQ(stored()["service"], "shop-service");
  EXPECT_EQ(stored()["containers"][0]["lines"], 9);
  EXPECT_EQ(stored()["containers"][0]["name"], "app");
}

TEST_F(TaskIndexTest, totals_are_kept_until_the_store_has_them) {
  log(5, 0, false);
  look();
  EXPECT_FALSE(index->may_forget(progress[0]));
  start();
  EXPECT_FALSE(index->may_forget(progress[0]));
  store.before = [](const std::string&, const std::stop_token&) -> Result<void> {
    return Error{Errc::unavailable, "down"};
  };
  view.tasks.clear();
  log(5, 0, true);
  look();
  EXPECT_FALSE(index->may_forget(progress[0]));
  store.before = nullptr;
  look();
  EXPECT_FALSE(index->may_forget(progress[0])) << "it pauses after a failure";
  clock.advance(config.retry_pause);
  look();
  EXPECT_TRUE(index->may_forget(progress[0]));
  progress[0].place = LogPlace{"_host/c1", ""};
  EXPECT_TRUE(index->may_forget(progress[0]));
}

TEST_F(TaskIndexTest, a_container_that_never_began_is_not_waited_for) {
  ContainerView sidecar;
  sidecar.id = std::string(64, 'b');
  sidecar.ecs_name = "sidecar";
  sidecar.log_driver = "json-file";
  sidecar.state = ContainerState::created;
  view.tasks[0].containers.push_back(sidecar);
  stop_app(1);
  log(3, 0, true);
  look();
  EXPECT_EQ(stored()["status"], "running") << "it may still begin";
  view.tasks[0].last_status = "STOPPED";
  look();
  EXPECT_EQ(stored()["status"], "stopped");
  EXPECT_EQ(stored()["complete"], true);
}

TEST_F(TaskIndexTest, a_container_whose_logs_go_elsewhere_is_not_waited_for) {
  ContainerView proxy;
  proxy.id = std::string(64, 'b');
  proxy.ecs_name = "proxy";
  proxy.log_driver = "awslogs";
  proxy.state = ContainerState::exited;
  view.tasks[0].containers.push_back(proxy);
  stop_app(0);
  log(1, 0, true);
  look();
  EXPECT_EQ(stored()["complete"], true);
}

}  // namespace
}  // namespace hakoban
