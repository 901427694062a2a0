// Decisions as JSON, whole: what a coordinator writes, replay reads back, and decides again from. Members
// that have their default value are left out; times are RFC 3339 to the nanosecond, durations as in settings.
#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "coordinator/fleet_view.h"
#include "core/result.h"

namespace hakoban {

// {"at", "holder", "dry_run", "decision", "outcomes", "policy", "snapshot"}.
[[nodiscard]] nlohmann::json record_json(const DecisionRecord& record);
[[nodiscard]] nlohmann::json decision_json(const FleetDecision& decision);
[[nodiscard]] nlohmann::json outcomes_json(const std::vector<ActionOutcome>& outcomes);
[[nodiscard]] nlohmann::json pool_json(const FleetPool& pool);
[[nodiscard]] nlohmann::json instance_json(const FleetInstance& instance);

// One record. Errors: malformed, naming each place ("snapshot.instances[3].cpu: not a number"); a member that
// is not known is an error too, for it would be left out of the decision. Never throws.
[[nodiscard]] Result<DecisionRecord> read_record(std::string_view text);

}  // namespace hakoban
