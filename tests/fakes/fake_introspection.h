// An ECS agent's introspection that tells what the test says.
#pragma once

#include <mutex>
#include <vector>

#include "platform/ecs_introspection.h"
#include "tests/fakes/call_log.h"
#include "tests/fakes/fake_failures.h"

namespace hakoban {

class FakeIntrospection final : public EcsIntrospection {
 public:
  explicit FakeIntrospection(CallLog& log) : log_(log) {}

  [[nodiscard]] Result<EcsIdentity> metadata(const std::stop_token& stop) override {
    log_.add("agent metadata");
    if (const auto error = failures.next("metadata", stop)) return *error;
    return EcsIdentity{"prod", "arn:aws:ecs:eu-west-1:1:container-instance/prod/ci", "1.105.1"};
  }

  [[nodiscard]] Result<std::vector<AgentTask>> tasks(const std::stop_token& stop) override {
    log_.add("agent tasks");
    if (const auto error = failures.next("tasks", stop)) return *error;
    const std::lock_guard lock{mutex_};
    return tasks_;
  }

  void set(std::vector<AgentTask> tasks) {
    const std::lock_guard lock{mutex_};
    tasks_ = std::move(tasks);
  }

  FakeFailures failures;

 private:
  CallLog& log_;
  std::mutex mutex_;
  std::vector<AgentTask> tasks_;
};

}  // namespace hakoban
