// The one way in of decide_size. Only core/fleet's own sources include this.
#pragma once

#include "core/fleet/fleet_decision.h"
#include "core/fleet/fleet_model.h"

namespace hakoban {

// Ends what earlier decisions began: hosts that drained and are empty are terminated (if `terminate`), those
// that take too long go back to work.
void end_drains(FleetModel& model, bool terminate);

// Picks hosts to drain, after scale_out has placed all that is wanted.
void scale_in(FleetModel& model, FleetDecision& decision);

}  // namespace hakoban
