#include "coordinator/sizer.h"

#include <algorithm>
#include <utility>

#include "core/fleet/decide_size.h"
#include "platform/either_stop.h"

namespace hakoban {
namespace {

constexpr Duration kPatienceWithServices = 2s;
constexpr std::size_t kServicesAskedAbout = 50;

// When ECS or a caller last said that there is no room.
TimePoint last_news(const FleetSightings& seen) {
  TimePoint last;
  for (const auto& job : seen.jobs) last = std::max(last, job.last_heard);
  for (const auto& [service, when] : seen.placement_failed) last = std::max(last, when);
  return last;
}

}  // namespace

Sizer::Sizer(SizerPorts ports, SizerConfig config) : at_(ports), config_(std::move(config)) {}

void Sizer::run(const std::stop_token& stop) {
  std::uint64_t version = 0;
  while (!stop.stop_requested()) {
    version = at_.board.wait_newer(version, config_.patience, stop);
    if (stop.stop_requested()) return;
    turn(stop);
    at_.clock.sleep(config_.breath, stop);
  }
}

void Sizer::turn(const std::stop_token& stop) {
  const auto seen = at_.board.sightings(config_.policy.job_silence);
  auto snapshot = assemble(seen);
  at_.gauges.show(snapshot);
  const bool leader = at_.lease.held();
  if (leader) {
    act(seen, snapshot, stop);
  } else {
    marks_.reset();
  }
  publish(seen, std::move(snapshot), leader);
}

void Sizer::act(const FleetSightings& seen, FleetSnapshot& snapshot, const std::stop_token& stop) {
  const TimePoint now = at_.clock.now();
  // Whoever begins to act waits out the full times before it shrinks anything.
  if (!marks_) marks_ = std::make_unique<FleetMarks>(now);
  // While nothing new is seen, nothing lasts on: a low that was not watched is none.
  if (now - snapshot.instances_at < config_.policy.stale_after) marks_->apply(snapshot, config_.policy, now);
  const auto decision = decide_size(snapshot, config_.policy, now);
  marks_->note(decision, now);
  at_.board.wish_to_see(decision.look_at);
  // Somebody finds no room, and by what was seen before there is some, or some to come: it is gone by now.
  const bool waits = decision.waiting_jobs > 0 || decision.short_tasks > 0;
  if (waits && !decision.acts() && last_news(seen) > snapshot.instances_at) at_.board.ask_about_hosts();

  if (must_look_again(seen, decision)) return;
  const EitherStop either{stop, at_.lease.while_held()};
  std::vector<ActionOutcome> outcomes;
  if (decision.acts()) {
    outcomes = at_.actor.act(decision, seen, either.token());
    if (!config_.dry_run) mark(decision, outcomes);
  }
  at_.actor.tidy(seen, either.token());
  at_.sink.record(
      {now, snapshot, config_.policy, decision, std::move(outcomes), config_.dry_run, config_.holder});
}

bool Sizer::must_look_again(const FleetSightings& seen, const FleetDecision& decision) {
  const TimePoint now = at_.clock.now();
  const bool makes_room = std::any_of(
      decision.pools.begin(), decision.pools.end(),
      [](const PoolDecision& pool) { return pool.target != pool.current || !pool.undrain.empty(); });
  std::vector<std::string> older;
  for (const auto& service : seen.services)
    if (service.at < seen.instances_at && service.status.status == "ACTIVE" &&
        service.status.desired > service.status.running + service.status.pending)
      older.push_back(service.status.name);
  if (!makes_room || decision.short_tasks == 0 || older.empty()) {
    postponed_since_.reset();
    return false;
  }
  if (!postponed_since_) postponed_since_ = now;
  if (now - *postponed_since_ > kPatienceWithServices) {
    postponed_since_.reset();
    return false;
  }
  older.resize(std::min(older.size(), kServicesAskedAbout));
  for (const auto& name : older) at_.board.ask_about_service(name);
  return true;
}

void Sizer::mark(const FleetDecision& decision, const std::vector<ActionOutcome>& outcomes) {
  const TimePoint now = at_.clock.now();
  for (const auto& outcome : outcomes) {
    if (!outcome.error.empty()) continue;
    if (outcome.action == "grow") marks_->grew(outcome.pool, now);
    if (outcome.action == "terminate") marks_->shrank(outcome.pool, now);
    if (outcome.action != "undrain") continue;
    for (const auto& pool : decision.pools)
      if (std::find(pool.gave_up.begin(), pool.gave_up.end(), outcome.subject) != pool.gave_up.end())
        marks_->stayed(outcome.subject, now);
  }
}

void Sizer::publish(const FleetSightings& seen, FleetSnapshot snapshot, bool leader) {
  FleetView view;
  view.snapshot = std::move(snapshot);
  for (const auto& [id, machine] : seen.machines) view.addresses[id] = machine.private_address;
  view.leader = leader;
  view.holder = at_.lease.holder();
  at_.views.publish(std::move(view));
}

}  // namespace hakoban
