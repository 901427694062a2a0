#include "collectors/tasks/agent_follower.h"

#include <algorithm>
#include <utility>

namespace hakoban {

AgentFollower::AgentFollower(EcsIntrospection& agent, const Clock& clock, Random random,
                             const CensusConfig& config, HostBoard& board, CensusMetrics& metrics)
    : agent_(agent),
      clock_(clock),
      random_(std::move(random)),
      config_(config),
      board_(board),
      metrics_(metrics),
      outage_("the ECS agent's introspection", {config.first_retry, config.longest_retry}) {}

void AgentFollower::run(const std::stop_token& stop) {
  HostBoard::Told told;
  while (!stop.stop_requested()) {
    const auto pause = refresh(stop);
    auto due = clock_.steady() + pause;
    while (!stop.stop_requested() && clock_.steady() < due) {
      const auto heard = board_.wait(told, due - clock_.steady(), stop);
      if (heard.hurries > told.hurries) due = clock_.steady();
      if (heard.news > told.news && new_task_there()) due = std::min(due, clock_.steady() + config_.settle);
      told = heard;
    }
  }
}

bool AgentFollower::new_task_there() {
  const auto view = board_.view();
  return std::any_of(view->tasks.begin(), view->tasks.end(), [&](const TaskView& task) {
    return task.last_status.empty() && seen_.insert(task.arn).second;
  });
}

Duration AgentFollower::refresh(const std::stop_token& stop) {
  const auto answered = ask(stop);
  if (!answered) {
    if (stop.stop_requested()) return {};
    metrics_.refresh_failed("ecs_agent");
    return outage_.failed(answered.error(), random_());
  }
  outage_.ended();
  metrics_.refreshed("ecs_agent", clock_.now());
  std::set<std::string> there;
  for (const auto& task : board_.view()->tasks) there.insert(task.arn);
  seen_ = std::move(there);
  return config_.introspection_interval;
}

Result<void> AgentFollower::ask(const std::stop_token& stop) {
  auto identity = agent_.metadata(stop);
  if (!identity) return identity.error();
  auto tasks = agent_.tasks(stop);
  board_.update([&](HostFacts& facts) {
    facts.ecs = std::move(*identity);
    if (tasks) facts.agent_tasks = std::move(*tasks);
  });
  if (!tasks) return tasks.error();
  return {};
}

}  // namespace hakoban
