// ECS's reads, with the tasks, definitions and services that the test gives it.
#pragma once

#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "platform/aws/ecs.h"
#include "tests/fakes/call_log.h"
#include "tests/fakes/fake_failures.h"

namespace hakoban {

class FakeEcsDirectory final : public EcsDirectory {
 public:
  explicit FakeEcsDirectory(CallLog& log) : log_(log) {}

  // Logs "describe_tasks prod a,b" with the ids.
  [[nodiscard]] Result<EcsBatch<EcsTask>> describe_tasks(const std::string& cluster,
                                                         std::span<const std::string> arns,
                                                         const std::stop_token& stop) override {
    std::vector<std::string> ids;
    for (const auto& arn : arns) ids.push_back(arn.substr(arn.rfind('/') + 1));
    log_.add(fmt::format("describe_tasks {} {}", cluster, fmt::join(ids, ",")));
    if (const auto error = failures.next("describe_tasks", stop)) return *error;
    const std::lock_guard lock{mutex_};
    for (const auto& arn : arns) {
      if (poison_.contains(arn)) return Error{Errc::invalid, "InvalidParameterException"};
    }
    return pick(tasks_, arns);
  }

  [[nodiscard]] Result<EcsTaskDefinition> describe_task_definition(const std::string& name,
                                                                   const std::stop_token& stop) override {
    log_.add("describe_task_definition " + name);
    if (const auto error = failures.next("describe_task_definition", stop)) return *error;
    const std::lock_guard lock{mutex_};
    const auto found = definitions_.find(name);
    if (found == definitions_.end()) return Error{Errc::invalid, "ClientException: unable to describe"};
    return found->second;
  }

  [[nodiscard]] Result<EcsBatch<EcsService>> describe_services(const std::string& cluster,
                                                               std::span<const std::string> names,
                                                               const std::stop_token& stop) override {
    log_.add(fmt::format("describe_services {} {}", cluster, fmt::join(names, ",")));
    if (const auto error = failures.next("describe_services", stop)) return *error;
    const std::lock_guard lock{mutex_};
    return pick(services_, names);
  }

  void put(const EcsTask& task) {
    const std::lock_guard lock{mutex_};
    tasks_[task.arn] = task;
  }
  void put(const std::string& family_revision, const EcsTaskDefinition& definition) {
    const std::lock_guard lock{mutex_};
    definitions_[family_revision] = definition;
  }
  void put(const EcsService& service) {
    const std::lock_guard lock{mutex_};
    services_[service.name] = service;
  }
  // A call that names this task is refused as a whole.
  void take_offence_at(const std::string& arn) {
    const std::lock_guard lock{mutex_};
    poison_.insert(arn);
  }

  FakeFailures failures;

 private:
  template <class T>
  static EcsBatch<T> pick(const std::map<std::string, T>& all, std::span<const std::string> keys) {
    EcsBatch<T> batch;
    for (const auto& key : keys) {
      const auto found = all.find(key);
      if (found == all.end()) {
        batch.missing.push_back(key);
      } else {
        batch.found.push_back(found->second);
      }
    }
    return batch;
  }

  CallLog& log_;
  std::mutex mutex_;
  std::map<std::string, EcsTask> tasks_;
  std::map<std::string, EcsTaskDefinition> definitions_;
  std::map<std::string, EcsService> services_;
  std::set<std::string> poison_;
};

}  // namespace hakoban
