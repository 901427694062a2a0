// The three ways out of decide_size. Only core/fleet's own sources include this.
#pragma once

#include "core/fleet/fleet_decision.h"
#include "core/fleet/fleet_model.h"

namespace hakoban {

// Makes room for services that are short and jobs that wait, then for reservation, headroom and the least
// size. Returns whether anything was wanted that the instances at work did not give.
bool scale_out(FleetModel& model, FleetDecision& decision);

// The booked share of what the pool's ACTIVE instances registered with; 0 without any.
[[nodiscard]] double cpu_reservation(const PoolModel& pool);
[[nodiscard]] double memory_reservation(const PoolModel& pool);

// What is to stay free in the pool as a whole; headroom in tasks is placed like tasks instead.
[[nodiscard]] Capacity wanted_free(const PoolModel& pool, const Capacity& capacity);

// The service or job that needs most memory, CPU at a tie; null without any.
[[nodiscard]] const TaskNeed* largest_need(const FleetSnapshot& snapshot);

}  // namespace hakoban
