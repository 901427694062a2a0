// The three ways out of decide_size. Only core/fleet's own sources include this.
#pragma once

#include "core/fleet/fleet_decision.h"
#include "core/fleet/fleet_model.h"

namespace hakoban {

// Makes room for services that are short and jobs that wait, then for reservation, headroom and the least
// size. Pools from which something is wanted that the hosts at work do not give are marked as wanted.
void scale_out(FleetModel& model, FleetDecision& decision);

// The booked share of what the pool's ACTIVE instances registered with; 0 without any.
[[nodiscard]] double cpu_reservation(const PoolModel& pool);
[[nodiscard]] double memory_reservation(const PoolModel& pool);

// What is to stay free in the pool as a whole; headroom in tasks is placed like tasks instead.
[[nodiscard]] Capacity wanted_free(const PoolModel& pool, const Capacity& capacity);

// What is to be free for the rise that is expected.
[[nodiscard]] Capacity wanted_for_rise(const PoolModel& pool);

// Of the services and jobs that some type of the pool holds, the one that needs most memory, CPU at a tie;
// null without any.
[[nodiscard]] const TaskNeed* largest_need(FleetModel& model, std::size_t pool);

}  // namespace hakoban
