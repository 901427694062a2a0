// hakoban-agent: the components of one host, wired.
#pragma once

#include <stop_token>
#include <string>

#include "agent/agent_config.h"
#include "core/result.h"
#include "platform/environment.h"

namespace hakoban {

struct AgentStart {
  AgentConfig config;
  Environment environment;
  std::string version;
  bool dry_run = false;
};

// Runs until `stop`. Errors: what makes a start impossible (the address is taken, the state folder cannot be
// written).
[[nodiscard]] Result<void> run_agent(const AgentStart& start, const std::stop_token& stop);

}  // namespace hakoban
