// The members of what a decision record holds, each named once, for writing and reading alike:
// fields(visitor, value) calls visitor("name", member) for each. Only fleet_json.cpp includes this.
#pragma once

#include "coordinator/fleet_view.h"

namespace hakoban {

template <class Visitor>
void fields(Visitor& visit, TaskNeed& need) {
  visit("cpu", need.cpu);
  visit("memory", need.memory);
  visit("gpus", need.gpus);
  visit("ports", need.ports);
  visit("udp_ports", need.udp_ports);
  visit("constraints", need.constraints);
  visit("distinct_instance", need.distinct_instance);
}

template <class Visitor>
void fields(Visitor& visit, PlacedTask& task) {
  visit("arn", task.arn);
  visit("need", task.need);
  visit("moves", task.moves);
  visit("daemon", task.daemon);
}

template <class Visitor>
void fields(Visitor& visit, FleetInstance& instance) {
  visit("arn", instance.arn);
  visit("ec2_id", instance.ec2_id);
  visit("pool", instance.pool);
  visit("type", instance.type);
  visit("zone", instance.zone);
  visit("state", instance.state);
  visit("connected", instance.connected);
  visit("disconnected_since", instance.disconnected_since);
  visit("leaving", instance.leaving);
  visit("protected_from_scale_in", instance.protected_from_scale_in);
  visit("drained_at", instance.drained_at);
  visit("stayed_at", instance.stayed_at);
  visit("registered_at", instance.registered_at);
  visit("cpu", instance.cpu);
  visit("memory", instance.memory);
  visit("gpus", instance.gpus);
  visit("cpu_left", instance.cpu_left);
  visit("memory_left", instance.memory_left);
  visit("gpus_left", instance.gpus_left);
  visit("ports", instance.ports);
  visit("udp_ports", instance.udp_ports);
  visit("tasks", instance.tasks);
  visit("attributes", instance.attributes);
  visit("placed", instance.placed);
}

template <class Visitor>
void fields(Visitor& visit, FleetService& service) {
  visit("name", service.name);
  visit("daemon", service.daemon);
  visit("desired", service.desired);
  visit("running", service.running);
  visit("pending", service.pending);
  visit("need", service.need);
  visit("short_since", service.short_since);
  visit("placement_failed", service.placement_failed);
  visit("room_since", service.room_since);
}

template <class Visitor>
void fields(Visitor& visit, WaitingJob& job) {
  visit("id", job.id);
  visit("pool", job.pool);
  visit("need", job.need);
  visit("first_heard", job.first_heard);
  visit("last_heard", job.last_heard);
  visit("every", job.every);
  visit("room_since", job.room_since);
}

template <class Visitor>
void fields(Visitor& visit, PoolType& type) {
  visit("name", type.name);
  visit("weight", type.weight);
  visit("cpu", type.cpu);
  visit("memory", type.memory);
  visit("gpus", type.gpus);
}

template <class Visitor>
void fields(Visitor& visit, BootingInstance& booting) {
  visit("ec2_id", booting.ec2_id);
  visit("type", booting.type);
  visit("zone", booting.zone);
  visit("since", booting.since);
}

template <class Visitor>
void fields(Visitor& visit, FleetPool& pool) {
  visit("name", pool.name);
  visit("kind", pool.kind);
  visit("spot", pool.spot);
  visit("target", pool.target);
  visit("fulfilled", pool.fulfilled);
  visit("leaving", pool.leaving);
  visit("min", pool.min);
  visit("max", pool.max);
  visit("types", pool.types);
  visit("zones", pool.zones);
  visit("attributes", pool.attributes);
  visit("booting", pool.booting);
  visit("unlaunched_since", pool.unlaunched_since);
  visit("rise_cpu", pool.rise_cpu);
  visit("rise_memory", pool.rise_memory);
  visit("low_since", pool.low_since);
  visit("grown_at", pool.grown_at);
  visit("shrunk_at", pool.shrunk_at);
}

template <class Visitor>
void fields(Visitor& visit, FleetSnapshot& snapshot) {
  visit("cluster", snapshot.cluster);
  visit("instances_at", snapshot.instances_at);
  visit("services_at", snapshot.services_at);
  visit("pools_at", snapshot.pools_at);
  visit("problems", snapshot.problems);
  visit("pools", snapshot.pools);
  visit("instances", snapshot.instances);
  visit("services", snapshot.services);
  visit("jobs", snapshot.jobs);
}

template <class Visitor>
void fields(Visitor& visit, Headroom& headroom) {
  visit("kind", headroom.kind);
  visit("amount", headroom.amount);
}

template <class Visitor>
void fields(Visitor& visit, Schedule& schedule) {
  visit("days", schedule.days);
  visit("from", schedule.from);
  visit("to", schedule.to);
  visit("min", schedule.min);
  visit("max", schedule.max);
  visit("headroom", schedule.headroom);
}

template <class Visitor>
void fields(Visitor& visit, PoolPolicy& policy) {
  visit("out_above", policy.out_above);
  visit("in_below", policy.in_below);
  visit("in_after", policy.in_after);
  visit("in_cooldown", policy.in_cooldown);
  visit("out_cooldown", policy.out_cooldown);
  visit("step_out", policy.step_out);
  visit("step_in", policy.step_in);
  visit("step_in_share", policy.step_in_share);
  visit("min", policy.min);
  visit("max", policy.max);
  visit("zone_difference", policy.zone_difference);
  visit("headroom", policy.headroom);
  visit("schedules", policy.schedules);
}

template <class Visitor>
void fields(Visitor& visit, FleetPolicy& policy) {
  visit("on_demand", policy.on_demand);
  visit("spot", policy.spot);
  visit("stale_after", policy.stale_after);
  visit("short_grace", policy.short_grace);
  visit("job_silence", policy.job_silence);
  visit("stuck_after", policy.stuck_after);
  visit("launch_timeout", policy.launch_timeout);
  visit("boot_timeout", policy.boot_timeout);
  visit("agent_grace", policy.agent_grace);
  visit("drain_timeout", policy.drain_timeout);
  visit("drain_again_after", policy.drain_again_after);
  visit("foresight", policy.foresight);
  visit("utc_offset", policy.utc_offset);
}

template <class Visitor>
void fields(Visitor& visit, PoolDecision& pool) {
  visit("pool", pool.pool);
  visit("current", pool.current);
  visit("target", pool.target);
  visit("undrain", pool.undrain);
  visit("gave_up", pool.gave_up);
  visit("drain", pool.drain);
  visit("terminate", pool.terminate);
  visit("cpu_reservation", pool.cpu_reservation);
  visit("memory_reservation", pool.memory_reservation);
  visit("in_flight", pool.in_flight);
  visit("reasons", pool.reasons);
  visit("limits", pool.limits);
  visit("refused", pool.refused);
}

template <class Visitor>
void fields(Visitor& visit, FleetDecision& decision) {
  visit("hold", decision.hold);
  visit("pools", decision.pools);
  visit("look_at", decision.look_at);
  visit("refused", decision.refused);
  visit("beside_room", decision.beside_room);
  visit("short_tasks", decision.short_tasks);
  visit("waiting_jobs", decision.waiting_jobs);
  visit("without_room", decision.without_room);
}

template <class Visitor>
void fields(Visitor& visit, ActionOutcome& outcome) {
  visit("pool", outcome.pool);
  visit("action", outcome.action);
  visit("subject", outcome.subject);
  visit("error", outcome.error);
}

template <class Visitor>
void fields(Visitor& visit, DecisionRecord& record) {
  visit("at", record.at);
  visit("holder", record.holder);
  visit("dry_run", record.dry_run);
  visit("decision", record.decision);
  visit("outcomes", record.outcomes);
  visit("policy", record.policy);
  visit("snapshot", record.snapshot);
}

}  // namespace hakoban
