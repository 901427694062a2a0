// The coordinator's heart: takes what is seen, decides, has it carried out, and tells about it. It looks
// again whenever something new is seen, and once a second for what time brings.
#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "coordinator/cluster_gauges.h"
#include "coordinator/fleet_actor.h"
#include "coordinator/fleet_board.h"
#include "coordinator/fleet_view.h"
#include "coordinator/lease.h"
#include "core/fleet/fleet_marks.h"
#include "platform/latest.h"

namespace hakoban {

struct SizerConfig {
  FleetPolicy policy;
  bool dry_run = false;
  std::string holder;       // this coordinator's name
  Duration patience = 1s;   // a turn at least so often
  Duration breath = 100ms;  // between two turns, so that a burst of news is one of them
};

struct SizerPorts {
  FleetBoard& board;
  FleetActor& actor;
  const Lease& lease;
  DecisionSink& sink;
  Latest<FleetView>& views;
  ClusterGauges& gauges;
  const Clock& clock;
};

// One thread calls run().
class Sizer {
 public:
  Sizer(SizerPorts ports, SizerConfig config);

  void run(const std::stop_token& stop);

  // One turn.
  void turn(const std::stop_token& stop);

 private:
  void act(const FleetSightings& seen, FleetSnapshot& snapshot, const std::stop_token& stop);
  // Whether services must be looked at again first: of those short of tasks, what was seen is older than the
  // instances, whose room their tasks may have taken since. Asks for it, and waits a little, not for ever.
  [[nodiscard]] bool must_look_again(const FleetSightings& seen, const FleetDecision& decision);
  void mark(const FleetDecision& decision, const std::vector<ActionOutcome>& outcomes);
  void publish(const FleetSightings& seen, FleetSnapshot snapshot, bool leader);

  SizerPorts at_;
  const SizerConfig config_;
  std::optional<TimePoint> postponed_since_;
  std::unique_ptr<FleetMarks> marks_;  // null: does not act
};

}  // namespace hakoban
