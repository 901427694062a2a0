#include "collectors/tasks/api_follower.h"

#include <algorithm>
#include <utility>

#include "core/host/host_assembly.h"

namespace hakoban {
namespace {

using ByKey = std::map<std::string, std::string>;  // the cluster of each thing wanted

std::set<std::string> keys_of(const ByKey& wanted) {
  std::set<std::string> keys;
  for (const auto& [key, cluster] : wanted) keys.insert(key);
  return keys;
}

// What somebody put into a label may be anything; one bad ARN fails the whole call.
bool is_task_arn(const std::string& arn) {
  return arn.starts_with("arn:") && arn.find(":task/") != std::string::npos;
}

// Tasks that are over are asked about too, until ECS has told once: their logs and metrics want the service.
ByKey wanted_tasks(const HostView& view) {
  ByKey wanted;
  for (const auto& task : view.tasks) {
    if (!is_task_arn(task.arn) || task.cluster.empty()) continue;
    if (task.alive() || task.containers.empty() || task.kind == TaskKind::unknown)
      wanted[task.arn] = task.cluster;
  }
  return wanted;
}

ByKey wanted_services(const HostView& view) {
  ByKey wanted;
  for (const auto& task : view.tasks) {
    if (!task.service.empty()) wanted[task.service] = task.cluster;
  }
  return wanted;
}

// ECS knows the address of an awsvpc task only when its interface is attached.
bool address_missing(const HostView& view, const EcsTask& told) {
  const auto* task = view.find_task(told.arn);
  return task != nullptr && task->network_mode == "awsvpc" && task->alive() && told.private_ip.empty();
}

template <class Map, class Keys>
void keep_only(Map& facts, const Keys& keys) {
  std::erase_if(facts, [&](const auto& fact) { return !keys.contains(fact.first); });
}

}  // namespace

ApiFollower::ApiFollower(EcsDirectory& ecs, LoadBalancers& balancers, const Clock& clock, Random random,
                         const CensusConfig& config, HostBoard& board, CensusMetrics& metrics)
    : ecs_(ecs),
      balancers_(balancers),
      clock_(clock),
      random_(std::move(random)),
      config_(config),
      board_(board),
      metrics_(metrics),
      tasks_(source("ecs_tasks", "ECS about tasks", {config.settle, config.task_interval, {}})),
      services_(source("ecs_services", "ECS about services", {{}, config.service_interval, {}})),
      groups_(source("target_groups", "load balancers about target groups",
                     {{}, config.target_group_interval, {}})),
      definitions_(source("task_definitions", "ECS about task definitions", {{}, config.task_interval, {}})) {
}

ApiFollower::Source ApiFollower::source(std::string name, std::string words, RefreshRules rules) const {
  rules.retry = {config_.first_retry, config_.longest_retry};
  return {std::move(name), RefreshBook{rules}, Outage{std::move(words), rules.retry}};
}

void ApiFollower::run(const std::stop_token& stop) {
  HostBoard::Told told;
  while (!stop.stop_requested()) {
    const auto next = refresh(stop);
    const auto heard = board_.wait(told, next - clock_.steady(), stop);
    if (heard.hurries > told.hurries) hurry();
    told = heard;
  }
}

void ApiFollower::hurry() {
  const auto now = clock_.steady();
  tasks_.book.hurry(now);
  services_.book.hurry(now);
}

// Definitions last: where a task is registered matters more to a drain than how long its stop may take, and
// there may be many of them.
SteadyPoint ApiFollower::refresh(const std::stop_token& stop) {
  ++turn_;
  refresh_tasks(stop);
  refresh_services(stop);
  refresh_groups(stop);
  refresh_definitions(stop);
  return std::min({tasks_.book.next_due(), services_.book.next_due(), groups_.book.next_due(),
                   definitions_.book.next_due()});
}

void ApiFollower::refresh_tasks(const std::stop_token& stop) {
  const auto wanted = wanted_tasks(*board_.view());
  tasks_.book.want(keys_of(wanted), clock_.steady());
  ByCluster due;
  for (const auto& arn : tasks_.book.due(clock_.steady())) due[wanted.at(arn)].push_back(arn);
  for (const auto& [cluster, arns] : due) {
    auto batch = ecs_.describe_tasks(cluster, arns, stop);
    if (batch) {
      take_tasks(arns, std::move(batch->found));
      succeeded(tasks_);
    } else if (batch.error().code == Errc::invalid) {
      ask_one_by_one(cluster, arns, stop);
    } else {
      return failed(tasks_, batch.error(), stop);
    }
  }
}

// One task that ECS takes offence at must not hide the others, nor keep later ones from being asked about.
void ApiFollower::ask_one_by_one(const std::string& cluster, const std::vector<std::string>& arns,
                                 const std::stop_token& stop) {
  for (const auto& arn : arns) {
    auto batch = ecs_.describe_tasks(cluster, std::span{&arn, 1}, stop);
    if (batch) {
      take_tasks({arn}, std::move(batch->found));
    } else if (batch.error().code == Errc::invalid) {
      metrics_.refresh_failed(tasks_.name);
      tasks_.book.unanswered(arn, clock_.steady(), random_());
    } else {
      return failed(tasks_, batch.error(), stop);
    }
  }
  succeeded(tasks_);
}

void ApiFollower::take_tasks(const std::vector<std::string>& asked, std::vector<EcsTask> found) {
  const auto view = board_.view();
  const auto now = clock_.steady();
  std::set<std::string> left{asked.begin(), asked.end()};
  for (const auto& task : found) {
    if (address_missing(*view, task)) continue;
    left.erase(task.arn);
    tasks_.book.answered(task.arn, now, random_());
  }
  for (const auto& arn : left) tasks_.book.unanswered(arn, now, random_());
  board_.update([&](HostFacts& facts) {
    std::erase_if(facts.tasks, [&](const auto& known) { return view->find_task(known.first) == nullptr; });
    for (auto& task : found) {
      auto& known = facts.tasks[task.arn];
      known = std::move(task);
    }
  });
}

void ApiFollower::refresh_services(const std::stop_token& stop) {
  const auto wanted = wanted_services(*board_.view());
  services_.book.want(keys_of(wanted), clock_.steady());
  keep_only(groups_of_, wanted);
  ByCluster due;
  for (const auto& name : services_.book.due(clock_.steady())) due[wanted.at(name)].push_back(name);
  for (const auto& [cluster, names] : due) {
    auto batch = ecs_.describe_services(cluster, names, stop);
    if (!batch) return failed(services_, batch.error(), stop);
    succeeded(services_);
    std::set<std::string> left{names.begin(), names.end()};
    for (const auto& service : batch->found) {
      services_.book.answered(service.name, clock_.steady(), random_());
      left.erase(service.name);
      auto& groups = groups_of_[service.name];
      groups.clear();
      for (const auto& entry : service.load_balancers) {
        if (!entry.target_group_arn.empty()) groups.insert(entry.target_group_arn);
      }
    }
    for (const auto& name : left) services_.book.unanswered(name, clock_.steady(), random_());
    board_.update([&](HostFacts& facts) {
      keep_only(facts.services, wanted);
      for (auto& service : batch->found) {
        auto& known = facts.services[service.name];
        known = std::move(service);
      }
    });
  }
}

void ApiFollower::refresh_groups(const std::stop_token& stop) {
  std::set<std::string> wanted;
  for (const auto& [service, groups] : groups_of_) wanted.insert(groups.begin(), groups.end());
  groups_.book.want(wanted, clock_.steady());
  const auto due = groups_.book.due(clock_.steady());
  if (due.empty()) return;
  auto found = balancers_.describe_groups(due, stop);
  if (!found) return failed(groups_, found.error(), stop);
  succeeded(groups_);
  for (const auto& arn : due) groups_.book.answered(arn, clock_.steady(), random_());
  board_.update([&](HostFacts& facts) {
    keep_only(facts.groups, wanted);
    for (const auto& arn : due) {
      const auto group = found->find(arn);
      facts.groups[arn] = group == found->end() ? std::nullopt : std::optional{group->second};
    }
  });
}

void ApiFollower::refresh_definitions(const std::stop_token& stop) {
  const auto view = board_.view();
  std::set<std::string> wanted;
  for (const auto& task : view->tasks) {
    const auto key = definition_key(task);
    if (key.empty()) continue;
    if (const auto cached = definition_used_.find(key); cached != definition_used_.end()) {
      cached->second = turn_;
    } else {
      wanted.insert(key);
    }
  }
  definitions_.book.want(wanted, clock_.steady());
  for (const auto& key : definitions_.book.due(clock_.steady())) {
    auto definition = ecs_.describe_task_definition(key, stop);
    if (definition) {
      succeeded(definitions_);
      take_definition(key, std::move(*definition));
      continue;
    }
    const auto code = definition.error().code;
    if (code != Errc::invalid && code != Errc::not_found)
      return failed(definitions_, definition.error(), stop);
    metrics_.refresh_failed(definitions_.name);
    definitions_.book.unanswered(key, clock_.steady(), random_());
  }
}

void ApiFollower::take_definition(const std::string& key, EcsTaskDefinition definition) {
  definitions_.book.answered(key, clock_.steady(), random_());
  definition_used_[key] = turn_;
  forget_old_definitions();
  board_.update([&](HostFacts& facts) {
    facts.definitions[key] = std::move(definition);
    keep_only(facts.definitions, definition_used_);
  });
}

void ApiFollower::forget_old_definitions() {
  while (definition_used_.size() > config_.kept_definitions) {
    const auto oldest = std::min_element(definition_used_.begin(), definition_used_.end(),
                                         [](const auto& a, const auto& b) { return a.second < b.second; });
    if (oldest->second == turn_) return;  // all of tasks that are here
    definition_used_.erase(oldest);
  }
}

void ApiFollower::succeeded(Source& source) {
  source.outage.ended();
  metrics_.refreshed(source.name, clock_.now());
}

void ApiFollower::failed(Source& source, const Error& error, const std::stop_token& stop) {
  if (stop.stop_requested()) return;
  metrics_.refresh_failed(source.name);
  source.outage.failed(error, random_());
  source.book.failed(clock_.steady(), random_());
}

}  // namespace hakoban
