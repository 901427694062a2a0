// The settings of how a cluster is sized, and where its decisions are written down.
#pragma once

#include <string>
#include <string_view>

#include "coordinator/decision_log.h"
#include "core/fleet/fleet_policy.h"
#include "core/result.h"
#include "platform/config/option_table.h"

namespace hakoban {

// Binds policy.*; `policy` must outlive the table, and gives the defaults.
void add_policy_options(OptionTable& table, FleetPolicy& policy);

// Binds decisions.*; `config` must outlive the table.
void add_decision_options(OptionTable& table, DecisionLogConfig& config);

// "10%", "2 instances", "3 tasks" (of the largest kind); "none". Errors: invalid.
[[nodiscard]] Result<Headroom> parse_headroom(std::string_view text);
[[nodiscard]] std::string format_headroom(const Headroom& headroom);

// "mon-fri 11:00-13:30 min=40 max=80 headroom=20%", "sat+sun min=10", "22:00-02:00 headroom=3 tasks". Errors:
// invalid.
[[nodiscard]] Result<Schedule> parse_schedule(std::string_view text);

}  // namespace hakoban
