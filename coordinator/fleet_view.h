// What the coordinator's components hand to its pages and its decision log. Plain values.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/fleet/fleet_decision.h"
#include "core/fleet/fleet_policy.h"
#include "core/fleet/fleet_snapshot.h"

namespace hakoban {

// The cluster as the last turn of the sizer saw it. Published as Latest<FleetView>.
struct FleetView {
  FleetSnapshot snapshot;
  std::map<std::string, std::string> addresses;  // private address by EC2 instance id
  bool leader = false;                           // whether this coordinator may act
  std::string holder;  // who may: this coordinator or the other, as far as it is known
};

// What became of one action of a decision.
struct ActionOutcome {
  std::string pool;
  std::string action;   // "grow", "undrain", "drain", "terminate"
  std::string subject;  // the new target, or a container instance's ARN
  std::string error;    // "": done, or only said when it is a dry run

  bool operator==(const ActionOutcome&) const = default;
};

// One turn: what was seen, what was decided under which policy, and what came of it.
struct DecisionRecord {
  TimePoint at;
  FleetSnapshot snapshot;
  FleetPolicy policy;
  FleetDecision decision;
  std::vector<ActionOutcome> outcomes;
  bool dry_run = false;
  std::string holder;  // the coordinator that decided
};

class DecisionSink {
 public:
  virtual ~DecisionSink() = default;

  // Every turn of the coordinator that may act, also those that do nothing; what is kept is the sink's
  // choice. Must not throw, and returns promptly: the next turn waits for it.
  virtual void record(const DecisionRecord& record) = 0;
};

}  // namespace hakoban
