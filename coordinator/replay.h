// hakoban-coordinator replay FILE…: decides recorded decisions again, offline, and tells what would differ.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "coordinator/fleet_view.h"
#include "core/result.h"

namespace hakoban {

// What a decision says, a line each, in the form that an operator compares: "web: target 12", "web: drain
// i-…", "web: because …".
[[nodiscard]] std::vector<std::string> lines_of(const FleetDecision& decision);

// The lines of one that the other lacks: "- " only recorded, "+ " only now.
[[nodiscard]] std::vector<std::string> differences(const FleetDecision& recorded, const FleetDecision& now);

// The records in a file: one JSON object, or one a line; gzip or not. Errors: what cannot be read, by line.
[[nodiscard]] Result<std::vector<DecisionRecord>> read_records(std::string_view content);

// `arguments` are those after "replay": files first, then settings policy.* that replace the recorded ones.
// Prints to standard output. Returns the exit code: 0 the same decisions, 1 not readable, 3 some differ.
int run_replay(std::span<const char* const> arguments);

}  // namespace hakoban
