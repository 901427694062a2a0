// The settings of termination: notices.*, drain.* and local_socket.
#pragma once

#include "agent/agent_config.h"
#include "platform/config/option_table.h"

namespace hakoban {

// `config` must outlive the table.
void bind_termination(OptionTable& table, AgentConfig& config);

}  // namespace hakoban
