// The smaller ports of a drain: note their calls and do what the test says.
#pragma once

#include <algorithm>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "platform/aws/classic_elb.h"
#include "platform/aws/instance_lifecycle.h"
#include "platform/aws/service_discovery.h"
#include "platform/aws/task_protection.h"
#include "tests/fakes/call_log.h"
#include "tests/fakes/fake_failures.h"

namespace hakoban {

class FakeTaskProtection final : public TaskProtection {
 public:
  explicit FakeTaskProtection(CallLog& log) : log_(log) {}

  [[nodiscard]] Result<std::vector<std::string>> protected_among(const std::string& /*cluster*/,
                                                                 std::span<const std::string> tasks,
                                                                 const std::stop_token& stop) override {
    log_.add("protection");
    if (const auto error = failures.next("protection", stop)) return *error;
    std::vector<std::string> spared;
    for (const std::string& task : tasks) {
      if (std::find(protected_tasks.begin(), protected_tasks.end(), task) != protected_tasks.end())
        spared.push_back(task);
    }
    return spared;
  }

  std::vector<std::string> protected_tasks;
  FakeFailures failures;

 private:
  CallLog& log_;
};

// Deregistered instances are gone at once.
class FakeClassicBalancers final : public ClassicBalancers {
 public:
  explicit FakeClassicBalancers(CallLog& log) : log_(log) {}

  [[nodiscard]] Result<void> deregister_instance(const std::string& load_balancer,
                                                 const std::string& instance_id,
                                                 const std::stop_token& stop) override {
    log_.add("classic_deregister " + load_balancer + " " + instance_id);
    if (const auto error = failures.next("classic_deregister", stop)) return *error;
    const std::lock_guard lock{mutex_};
    standings_[load_balancer] = ClassicStanding::gone;
    return {};
  }

  [[nodiscard]] Result<ClassicStanding> standing(const std::string& load_balancer,
                                                 const std::string& /*instance_id*/,
                                                 const std::stop_token& stop) override {
    log_.add("classic_standing " + load_balancer);
    if (const auto error = failures.next("classic_standing", stop)) return *error;
    const std::lock_guard lock{mutex_};
    const auto found = standings_.find(load_balancer);
    return found == standings_.end() ? ClassicStanding::registered : found->second;
  }

  FakeFailures failures;

 private:
  CallLog& log_;
  std::mutex mutex_;
  std::map<std::string, ClassicStanding> standings_;
};

class FakeServiceDiscovery final : public ServiceDiscovery {
 public:
  explicit FakeServiceDiscovery(CallLog& log) : log_(log) {}

  [[nodiscard]] Result<void> deregister_instance(const std::string& service_id,
                                                 const std::string& instance_id,
                                                 const std::stop_token& stop) override {
    log_.add("leave_discovery " + service_id + " " + instance_id);
    if (const auto error = failures.next("leave_discovery", stop)) return *error;
    return {};
  }

  FakeFailures failures;

 private:
  CallLog& log_;
};

class FakeInstanceLifecycle final : public InstanceLifecycle {
 public:
  explicit FakeInstanceLifecycle(CallLog& log) : log_(log) {}

  [[nodiscard]] Result<TerminationHooks> find(const std::string& instance_id,
                                              const std::stop_token& stop) override {
    log_.add("find_hooks " + instance_id);
    if (const auto error = failures.next("find_hooks", stop)) return *error;
    return hooks;
  }

  [[nodiscard]] Result<void> heartbeat(const std::string& group, const std::string& hook,
                                       const std::string& /*instance_id*/,
                                       const std::stop_token& stop) override {
    log_.add("heartbeat " + group + " " + hook);
    if (const auto error = failures.next("heartbeat", stop)) return *error;
    return {};
  }

  [[nodiscard]] Result<void> complete(const std::string& group, const std::string& hook,
                                      const std::string& /*instance_id*/,
                                      const std::stop_token& stop) override {
    log_.add("complete_hook " + group + " " + hook);
    if (const auto error = failures.next("complete_hook", stop)) return *error;
    return {};
  }

  TerminationHooks hooks;
  FakeFailures failures;

 private:
  CallLog& log_;
};

}  // namespace hakoban
