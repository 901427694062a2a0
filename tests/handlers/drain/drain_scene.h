// A host with a service task, a batch task and a daemon, around a drainer that talks to fakes.
#pragma once

#include <atomic>
#include <filesystem>
#include <mutex>
#include <string>

#include <gtest/gtest.h>
#include <prometheus/registry.h>

#include "handlers/drain/drain_config.h"
#include "handlers/drain/drain_ports.h"
#include "tests/fakes/call_log.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/fake_docker.h"
#include "tests/fakes/fake_drain_aws.h"
#include "tests/fakes/fake_ecs_control.h"
#include "tests/fakes/fake_load_balancers.h"
#include "tests/fakes/fake_log_flush.h"

namespace hakoban {

inline const TargetRef kWebTarget{"arn:web", "i-1", 32768};

class DrainScene : public testing::Test {
 protected:
  DrainScene() {
    config.journal = folder / "drain.json";
    config.policy.polls.first = 0s;  // the clock may stand still
    std::filesystem::remove_all(folder);
    view_.ecs = {"prod", "arn:instance", "1.105.1"};
    view_.ec2.instance_id = "i-1";
    add("batch", TaskKind::batch);
    add("daemon", TaskKind::daemon);
    add("self", TaskKind::daemon).own = true;
    add("service", TaskKind::service).targets = {kWebTarget};
    publish();
    ecs.on_stop_task = [this](const std::string& arn) { end(arn); };
    docker.on_stop = [this](const std::string& container) { end(container.substr(2)); };
  }

  ~DrainScene() override { std::filesystem::remove_all(folder); }

  [[nodiscard]] Notice notice(Duration left = 2min) const {
    Notice made;
    made.id = "spot-interruption";
    made.action = "terminate";
    made.seen_at = clock.now();
    made.deadline = clock.now() + left;
    return made;
  }

  // All containers of the task exit, as the view tells it.
  void end(const std::string& arn) {
    const std::lock_guard lock{mutex_};
    for (TaskView& task : view_.tasks) {
      if (task.arn != arn) continue;
      for (ContainerView& container : task.containers) container.state = ContainerState::exited;
    }
    publish();
  }

  void forget_instance() {
    const std::lock_guard lock{mutex_};
    view_.ecs = {};
    publish();
  }

  [[nodiscard]] double value(const std::string& family, const std::string& label = "") const {
    double sum = 0;
    for (const auto& each : registry.Collect()) {
      if (each.name != family) continue;
      for (const auto& metric : each.metric) {
        bool fits = label.empty();
        for (const auto& pair : metric.label) fits |= pair.value == label;
        if (!fits) continue;
        sum += metric.counter.value + metric.gauge.value + static_cast<double>(metric.histogram.sample_count);
      }
    }
    return sum;
  }

  std::filesystem::path folder =
      std::filesystem::path{testing::TempDir()} /
      ("hakoban-drain-" + std::string{testing::UnitTest::GetInstance()->current_test_info()->name()});
  CallLog log;
  FakeClock clock;
  Latest<HostView> views;
  FakeEcsControl ecs{log};
  FakeLoadBalancers balancers{log};
  FakeDocker docker{log};
  FakeLogFlush logs;
  FakeTaskProtection protection{log};
  FakeClassicBalancers classic{log};
  FakeServiceDiscovery discovery{log};
  FakeInstanceLifecycle lifecycle{log};
  std::atomic<int> refreshes{0};  // of the views, asked for
  DrainPorts ports{
      clock, views, ecs, protection, balancers, classic, discovery, lifecycle, docker, logs, [this] {
        ++refreshes;
      }};
  DrainConfig config;
  prometheus::Registry registry;

 private:
  TaskView& add(const std::string& arn, TaskKind kind) {
    TaskView& task = view_.tasks.emplace_back();
    task.arn = arn;
    task.family = arn;
    task.cluster = "prod";
    task.kind = kind;
    task.last_status = "RUNNING";
    ContainerView& container = task.containers.emplace_back();
    container.id = "c-" + arn;
    container.state = ContainerState::running;
    container.stop_timeout = 30s;
    return task;
  }

  void publish() {
    ++view_.generation;
    views.publish(view_);
  }

  std::mutex mutex_;
  HostView view_;
};

}  // namespace hakoban
