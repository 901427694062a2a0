// Pools and placement of a cluster in memory, for tests of what acts on them.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "platform/aws/ecs_fleet.h"
#include "platform/aws/ecs_placement.h"
#include "platform/aws/pools.h"
#include "tests/fakes/call_log.h"

namespace hakoban {

class FakePools final : public PoolControl {
 public:
  explicit FakePools(CallLog& log, std::string kind) : log_(log), kind_(std::move(kind)) {}

  Result<std::vector<PoolStatus>> describe(const std::vector<std::string>& names,
                                           const std::stop_token&) override {
    if (failing) return *failing;
    std::vector<PoolStatus> found;
    for (const auto& name : names)
      if (const auto one = pools.find(name); one != pools.end()) found.push_back(one->second);
    return found;
  }
  Result<void> grow(const std::string& pool, std::int64_t from, std::int64_t to,
                    const std::stop_token&) override {
    return told(kind_ + " grow " + pool + " " + std::to_string(from) + " " + std::to_string(to));
  }
  Result<void> release(const std::string& pool, const PoolMember& member, const std::stop_token&) override {
    return told(kind_ + " release " + pool + " " + member.ec2_id);
  }
  Result<void> terminate(const std::string& pool, const PoolMember& member, const std::stop_token&) override {
    return told(kind_ + " terminate " + pool + " " + member.ec2_id);
  }
  Result<void> tag(const std::string& pool, const std::map<std::string, std::string>& tags,
                   const std::stop_token&) override {
    return told(kind_ + " tag " + pool + " " + tags.begin()->first);
  }

  std::map<std::string, PoolStatus> pools;
  std::optional<Error> failing;

 private:
  Result<void> told(std::string call) {
    log_.add(std::move(call));
    if (failing) return *failing;
    return {};
  }

  CallLog& log_;
  const std::string kind_;
};

class FakeEcsPlacement final : public EcsPlacement {
 public:
  explicit FakeEcsPlacement(CallLog& log) : log_(log) {}

  Result<std::vector<EcsRunningTask>> tasks_on(const std::string&, const std::string& instance_arn,
                                               const std::stop_token&) override {
    log_.add("tasks_on " + instance_arn);
    if (failing) return *failing;
    return tasks[instance_arn];
  }
  Result<TaskNeed> need_of(const std::string& definition, const std::stop_token&) override {
    log_.add("need_of " + definition);
    if (const auto found = needs.find(definition); found != needs.end()) return found->second;
    return Error{Errc::not_found, "no " + definition};
  }
  Result<std::set<std::string>> protected_tasks(const std::string&, const std::vector<std::string>&,
                                                const std::stop_token&) override {
    return kept;
  }
  Result<std::map<std::string, std::string>> set_status(const std::string&,
                                                        const std::vector<std::string>& arns,
                                                        std::string_view status,
                                                        const std::stop_token&) override {
    for (const auto& arn : arns) log_.add(std::string{status} + " " + arn);
    if (failing) return *failing;
    return refusals;
  }
  Result<void> set_attribute(const std::string&, const std::string& arn, const std::string& name,
                             const std::string& value, const std::stop_token&) override {
    log_.add((value.empty() ? "unmark " : "mark ") + name + " " + arn);
    if (failing_attributes) return *failing_attributes;
    return {};
  }

  std::map<std::string, std::vector<EcsRunningTask>> tasks;
  std::map<std::string, TaskNeed> needs;
  std::set<std::string> kept;
  std::map<std::string, std::string> refusals;
  std::optional<Error> failing;
  std::optional<Error> failing_attributes;

 private:
  CallLog& log_;
};

class FakeEcsFleet final : public EcsFleet {
 public:
  Result<std::vector<EcsInstance>> instances(const std::string&, const std::stop_token&) override {
    if (failing) return *failing;
    return all_instances;
  }
  Result<std::vector<EcsInstance>> instances_named(const std::string&, const std::vector<std::string>& arns,
                                                   const std::stop_token&) override {
    if (failing) return *failing;
    std::vector<EcsInstance> found;
    for (const auto& one : all_instances)
      if (std::find(arns.begin(), arns.end(), one.arn) != arns.end()) found.push_back(one);
    return found;
  }
  Result<std::vector<EcsServiceStatus>> services(const std::string&, std::size_t,
                                                 const std::stop_token&) override {
    if (failing) return *failing;
    return all_services;
  }
  Result<std::vector<EcsServiceStatus>> services_named(const std::string&,
                                                       const std::vector<std::string>& names, std::size_t,
                                                       const std::stop_token&) override {
    if (failing) return *failing;
    std::vector<EcsServiceStatus> found;
    for (const auto& one : all_services)
      if (std::find(names.begin(), names.end(), one.name) != names.end()) found.push_back(one);
    return found;
  }

  std::vector<EcsInstance> all_instances;
  std::vector<EcsServiceStatus> all_services;
  std::optional<Error> failing;
};

// A registered instance with 2048 CPU units and 4096 MiB, nothing of it booked.
inline EcsInstance ecs_instance(const std::string& arn, const std::string& ec2_id,
                                const std::string& status = "ACTIVE", std::int64_t tasks = 0) {
  EcsInstance made;
  made.arn = arn;
  made.ec2_instance_id = ec2_id;
  made.status = status;
  made.agent_connected = true;
  made.running_tasks = tasks;
  made.registered.cpu_units = made.remaining.cpu_units = 2048;
  made.registered.memory_mib = made.remaining.memory_mib = 4096;
  made.attributes = {{"ecs.instance-type", "m5.large"}, {"ecs.availability-zone", "a"}};
  return made;
}

inline PoolMember pool_member(const std::string& ec2_id, std::int64_t weight = 1,
                              const std::string& state = "InService") {
  return {ec2_id, "m5.large", "a", state, weight, false};
}

}  // namespace hakoban
