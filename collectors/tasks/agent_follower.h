// Follows the ECS agent's introspection: who this container instance is, and how its tasks stand.
#pragma once

#include <set>
#include <stop_token>
#include <string>

#include "collectors/tasks/census_config.h"
#include "collectors/tasks/census_metrics.h"
#include "collectors/tasks/host_board.h"
#include "collectors/tasks/outage.h"
#include "platform/clock.h"
#include "platform/ecs_introspection.h"
#include "platform/random.h"

namespace hakoban {

class AgentFollower {
 public:
  // All must outlive it.
  AgentFollower(EcsIntrospection& agent, const Clock& clock, Random random, const CensusConfig& config,
                HostBoard& board, CensusMetrics& metrics);

  // Asks at once, then at the configured interval, and soon after a task appears that the agent has not told
  // of yet.
  void run(const std::stop_token& stop);

  // Asks once; run() does nothing else but this and wait. Returns how long to wait before the next time.
  [[nodiscard]] Duration refresh(const std::stop_token& stop);

 private:
  [[nodiscard]] Result<void> ask(const std::stop_token& stop);
  [[nodiscard]] bool new_task_there();

  EcsIntrospection& agent_;
  const Clock& clock_;
  const Random random_;
  const CensusConfig config_;
  HostBoard& board_;
  CensusMetrics& metrics_;
  Outage outage_;
  std::set<std::string> seen_;  // tasks that were there at the last refresh
};

}  // namespace hakoban
