// ECS's writes: notes them ("set_draining arn:instance", "stop_task arn:task") and does what the test hangs
// on.
#pragma once

#include <functional>
#include <string>

#include "platform/aws/ecs.h"
#include "tests/fakes/call_log.h"
#include "tests/fakes/fake_failures.h"

namespace hakoban {

class FakeEcsControl final : public EcsControl {
 public:
  explicit FakeEcsControl(CallLog& log) : log_(log) {}

  [[nodiscard]] Result<void> set_instance_status(const std::string& /*cluster*/,
                                                 const std::string& container_instance_arn,
                                                 std::string_view status,
                                                 const std::stop_token& stop) override {
    log_.add("set " + std::string{status} + " " + container_instance_arn);
    if (const auto error = failures.next("set_instance_status", stop)) return *error;
    return {};
  }

  [[nodiscard]] Result<std::string> instance_status(const std::string& /*cluster*/,
                                                    const std::string& container_instance_arn,
                                                    const std::stop_token& stop) override {
    log_.add("instance_status " + container_instance_arn);
    if (const auto error = failures.next("instance_status", stop)) return *error;
    return "ACTIVE";
  }

  [[nodiscard]] Result<void> stop_task(const std::string& /*cluster*/, const std::string& task_arn,
                                       std::string_view /*reason*/, const std::stop_token& stop) override {
    log_.add("stop_task " + task_arn);
    if (const auto error = failures.next("stop_task", stop)) return *error;
    if (on_stop_task) on_stop_task(task_arn);
    return {};
  }

  FakeFailures failures;
  std::function<void(const std::string& task_arn)> on_stop_task;  // from the caller's thread

 private:
  CallLog& log_;
};

}  // namespace hakoban
