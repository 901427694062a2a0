#include "core/termination/running_task.h"

#include <algorithm>
#include <optional>

namespace hakoban {

namespace {

constexpr std::string_view kClassic = "classic-elb/";

using Words = std::map<std::string, std::string>;

std::string_view word_in(const Words& words, std::string_view key) {
  const auto found = words.find(std::string{key});
  return found == words.end() ? std::string_view{} : std::string_view{found->second};
}

std::optional<OnInterruption> wish_in(std::string_view word) {
  for (const auto wish : {OnInterruption::stop, OnInterruption::run_until_deadline, OnInterruption::notify}) {
    if (word == name_of(wish)) return wish;
  }
  return std::nullopt;
}

// Of several containers with labels the most patient wins; a label goes before the task's tag.
void read_wish(const TaskView& task, RunningTask& running) {
  std::vector<std::string_view> words;
  for (const ContainerView& container : task.containers)
    words.push_back(word_in(container.labels, kOnInterruption));
  std::erase(words, std::string_view{});
  if (words.empty()) words.push_back(word_in(task.tags, kOnInterruption));
  for (const std::string_view word : words) {
    if (word.empty()) continue;
    const auto wish = wish_in(word);
    if (wish) running.on_interruption = std::max(running.on_interruption, *wish);
    if (!wish) running.unknown_wish = word;
  }
  for (const ContainerView& container : task.containers) {
    if (running.notify_signal.empty())
      running.notify_signal = word_in(container.labels, kOnInterruptionSignal);
  }
  if (running.notify_signal.empty()) running.notify_signal = word_in(task.tags, kOnInterruptionSignal);
}

void add_classic(const TaskView& task, const HostView& host, RunningTask& running) {
  for (const ClassicElbRef& balancer : task.classic_elbs) {
    if (host.ec2.instance_id.empty()) {
      running.behind_classic_elb = true;
    } else {
      running.targets.push_back(classic_target(balancer, host.ec2.instance_id));
    }
  }
}

Duration longest_delay(const RunningTask& task, const HostView& host) {
  Duration longest{};
  for (const TargetRef& target : task.targets) {
    const auto group = host.target_groups.find(target.group_arn);
    const Duration delay = group == host.target_groups.end() ? TargetGroupFacts{}.deregistration_delay
                                                             : group->second.deregistration_delay;
    longest = std::max(longest, delay);
  }
  return longest;
}

}  // namespace

std::string_view name_of(OnInterruption wish) {
  switch (wish) {
    case OnInterruption::by_kind:
      return "by_kind";
    case OnInterruption::stop:
      return "stop";
    case OnInterruption::run_until_deadline:
      return "run-until-deadline";
    case OnInterruption::notify:
      return "notify";
  }
  return "unknown";
}

bool has_begun(const TaskView& task) {
  return std::any_of(task.containers.begin(), task.containers.end(), [&](const ContainerView& container) {
    return container.state != ContainerState::created && task.may_run(container);
  });
}

bool still_running(const TaskView& task) {
  if (task.containers.empty()) return !task.last_status.empty() && task.last_status != "STOPPED";
  return task.alive();
}

RunningTask running_task(const TaskView& task, const HostView& host, const DrainPolicy& policy) {
  RunningTask running;
  running.arn = task.arn;
  running.cluster = task.cluster;
  running.name = task.service.empty() ? task.family : task.service;
  running.kind = task.kind;
  running.stop_timeout = task.stop_timeout(policy.default_stop_timeout);
  running.stop_timeout_known = std::any_of(task.containers.begin(), task.containers.end(),
                                           [](const ContainerView& c) { return c.stop_timeout.has_value(); });
  if (task.containers.empty()) running.stop_timeout = policy.default_stop_timeout;
  running.targets = task.targets;
  add_classic(task, host, running);
  running.deregistration_delay = longest_delay(running, host);
  running.discovery = task.discovery;
  running.own = task.own;
  read_wish(task, running);
  return running;
}

std::vector<RunningTask> running_tasks(const HostView& host, const DrainPolicy& policy) {
  std::vector<RunningTask> tasks;
  for (const TaskView& task : host.tasks) {
    if (still_running(task)) tasks.push_back(running_task(task, host, policy));
  }
  return tasks;
}

std::vector<RunningContainer> running_containers(const TaskView& task, const DrainPolicy& policy) {
  // With the wish on the task alone, every container that the owner made hears of it.
  const bool labelled =
      std::any_of(task.containers.begin(), task.containers.end(),
                  [](const ContainerView& c) { return !word_in(c.labels, kOnInterruption).empty(); });
  std::vector<RunningContainer> running;
  for (const ContainerView& container : task.containers) {
    if (!task.may_run(container)) continue;
    const std::string_view word = word_in(labelled ? container.labels : task.tags, kOnInterruption);
    running.push_back({container.id, container.stop_timeout.value_or(policy.default_stop_timeout),
                       !container.pause && word == name_of(OnInterruption::notify)});
  }
  return running;
}

TargetRef classic_target(const ClassicElbRef& balancer, const std::string& instance_id) {
  return {std::string{kClassic} + balancer.load_balancer_name, instance_id, 0};
}

std::string_view classic_name(std::string_view group) {
  return group.starts_with(kClassic) ? group.substr(kClassic.size()) : std::string_view{};
}

}  // namespace hakoban
