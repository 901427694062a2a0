#include "coordinator/fleet_actor.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "platform/log.h"
#include "platform/own_metrics.h"

namespace hakoban {
namespace {

const PoolMember* member_of(const SeenPool& pool, const std::string& ec2_id) {
  const auto& members = pool.status.members;
  const auto found = std::find_if(members.begin(), members.end(),
                                  [&](const PoolMember& member) { return member.ec2_id == ec2_id; });
  return found == members.end() ? nullptr : &*found;
}

// Why ECS did not set this instance's status; "" when it did.
std::string refusal_of(const Result<std::map<std::string, std::string>>& refused, const std::string& arn) {
  if (!refused) return refused.error().what;
  const auto found = refused->find(arn);
  if (found == refused->end()) return "";
  return found->second.empty() ? "ECS refused, and does not say why" : found->second;
}

}  // namespace

FleetActor::FleetActor(FleetActorPorts ports, std::string cluster, bool dry_run,
                       prometheus::Registry& registry)
    : at_(ports),
      cluster_(std::move(cluster)),
      dry_run_(dry_run),
      actions_(counter_family(registry, "hakoban_fleet_actions_total",
                              "Actions of decisions, by action and outcome (done, failed, dry_run).")) {}

std::vector<ActionOutcome> FleetActor::act(const FleetDecision& decision, const FleetSightings& seen,
                                           const std::stop_token& stop) {
  outcomes_.clear();
  kinds_.clear();
  targets_.clear();
  for (const auto& pool : seen.pools) kinds_[pool.status.name] = pool.kind;
  for (const auto& pool : decision.pools) targets_[pool.pool] = pool.current;
  for (const auto& pool : decision.pools) undrain(pool, stop);
  for (const auto& pool : decision.pools) grow(pool, stop);
  for (const auto& pool : decision.pools) drain(pool, stop);
  for (const auto& pool : decision.pools) terminate(pool, seen, stop);
  return std::exchange(outcomes_, {});
}

void FleetActor::undrain(const PoolDecision& pool, const std::stop_token& stop) {
  if (pool.undrain.empty()) return;
  if (dry_run_) {
    for (const auto& arn : pool.undrain) note(pool.pool, "undrain", arn);
    return;
  }
  const auto refused = at_.placement.set_status(cluster_, pool.undrain, "ACTIVE", stop);
  for (const auto& arn : pool.undrain) {
    if (const auto why = refusal_of(refused, arn); !why.empty()) {
      note(pool.pool, "undrain", arn, why);
      continue;
    }
    at_.board.change(
        [&](FleetSightings& all) {
          all.own_statuses[arn] = {false, "", at_.clock.now()};
        },
        false);
    note(pool.pool, "undrain", arn);
    for (const char* attribute : {kDrainedAt, kReleasedAt})
      if (const auto off = at_.placement.set_attribute(cluster_, arn, attribute, "", stop); !off)
        log::warn("the mark of a drain stays for now", {{"instance", arn}, {"error", off.error()}});
  }
}

void FleetActor::grow(const PoolDecision& pool, const std::stop_token& stop) {
  if (pool.target == pool.current) return;
  const std::string to = std::to_string(pool.target);
  // A target is lowered only by the weight of an instance that is terminated: here AWS would choose the
  // victim.
  if (pool.target < pool.current) return note(pool.pool, "grow", to, "a target below the present one");
  if (dry_run_) return note(pool.pool, "grow", to);
  const auto grown = control_of(pool.pool).grow(pool.pool, pool.current, pool.target, stop);
  if (!grown) return note(pool.pool, "grow", to, grown.error().what);
  targets_[pool.pool] = pool.target;
  at_.board.change(
      [&](FleetSightings& all) {
        all.own_targets[pool.pool] = {pool.target, at_.clock.now()};
      },
      false);
  note(pool.pool, "grow", to);
  tag(pool.pool, kGrownAtTag, stop);
}

void FleetActor::drain(const PoolDecision& pool, const std::stop_token& stop) {
  if (pool.drain.empty()) return;
  const TimePoint now = at_.clock.now();
  std::vector<std::string> marked;
  for (const auto& arn : pool.drain) {
    if (dry_run_) {
      note(pool.pool, "drain", arn);
      continue;
    }
    // The mark first: a drain that nobody owns would never end.
    const auto set = at_.placement.set_attribute(cluster_, arn, kDrainedAt, format_rfc3339(now), stop);
    if (set)
      marked.push_back(arn);
    else
      note(pool.pool, "drain", arn, set.error().what);
  }
  if (marked.empty()) return;
  const auto refused = at_.placement.set_status(cluster_, marked, "DRAINING", stop);
  for (const auto& arn : marked) {
    if (const auto why = refusal_of(refused, arn); !why.empty()) {
      note(pool.pool, "drain", arn, why);
      continue;
    }
    at_.board.change([&](FleetSightings& all) { all.own_statuses[arn] = {true, kDrainedAt, now}; }, false);
    note(pool.pool, "drain", arn);
  }
}

void FleetActor::terminate(const PoolDecision& pool, const FleetSightings& seen,
                           const std::stop_token& stop) {
  if (pool.terminate.empty()) return;
  const auto known = std::find_if(seen.pools.begin(), seen.pools.end(),
                                  [&](const SeenPool& one) { return one.status.name == pool.pool; });
  if (dry_run_ || known == seen.pools.end()) {
    for (const auto& arn : pool.terminate)
      note(pool.pool, "terminate", arn, dry_run_ ? "" : "its pool is gone");
    return;
  }
  // What was seen may be some seconds old: nothing that runs by now may be lost.
  const auto fresh = at_.ecs.instances_named(cluster_, pool.terminate, stop);
  bool any = false;
  for (const auto& arn : pool.terminate) {
    if (!fresh) {
      note(pool.pool, "terminate", arn, fresh.error().what);
      continue;
    }
    const auto instance =
        std::find_if(fresh->begin(), fresh->end(), [&](const EcsInstance& one) { return one.arn == arn; });
    if (instance == fresh->end()) {
      note(pool.pool, "terminate", arn, "ECS does not know it any more");
    } else if (instance->status != "DRAINING" || instance->running_tasks + instance->pending_tasks > 0) {
      note(pool.pool, "terminate", arn,
           fmt::format("it is {} with {} tasks by now", instance->status,
                       instance->running_tasks + instance->pending_tasks));
    } else if (const auto gone = terminate_one(*known, *instance, stop); !gone) {
      note(pool.pool, "terminate", arn, gone.error().what);
    } else {
      note(pool.pool, "terminate", arn);
      any = true;
    }
  }
  if (any) tag(pool.pool, kShrunkAtTag, stop);
}

Result<void> FleetActor::terminate_one(const SeenPool& pool, const EcsInstance& instance,
                                       const std::stop_token& stop) {
  const PoolMember* member = member_of(pool, instance.ec2_instance_id);
  if (member == nullptr) return Error{Errc::not_found, "its pool does not have it any more"};
  auto& control = control_of(pool.status.name);
  if (pool.kind == PoolKind::spot_fleet && !instance.attributes.contains(kReleasedAt)) {
    if (auto released = control.release(pool.status.name, *member, stop); !released) return released;
    const auto marked = at_.placement.set_attribute(cluster_, instance.arn, kReleasedAt,
                                                    format_rfc3339(at_.clock.now()), stop);
    if (!marked)
      log::warn("a release could not be marked", {{"instance", instance.arn}, {"error", marked.error()}});
  }
  if (auto ended = control.terminate(pool.status.name, *member, stop); !ended) return ended;
  const TimePoint now = at_.clock.now();
  const auto target = targets_[pool.status.name] -= member->weight;
  at_.board.change(
      [&](FleetSightings& all) {
        all.own_targets[pool.status.name] = {target, now};
        all.own_terminations[instance.ec2_instance_id] = now;
      },
      false);
  return {};
}

void FleetActor::tag(const std::string& pool, const char* name, const std::stop_token& stop) {
  const auto tagged = control_of(pool).tag(pool, {{name, format_rfc3339(at_.clock.now())}}, stop);
  if (!tagged)
    log::warn("pool not tagged: a coordinator that follows will not know of this change",
              {{"pool", pool}, {"tag", name}, {"error", tagged.error()}});
}

void FleetActor::tidy(const FleetSightings& seen, const std::stop_token& stop) {
  if (dry_run_) return;
  for (const auto& instance : seen.instances) {
    if (instance.status != "ACTIVE" || seen.own_statuses.contains(instance.arn)) continue;
    for (const char* attribute : {kDrainedAt, kReleasedAt, kTakenOverAt}) {
      if (!instance.attributes.contains(attribute)) continue;
      const auto off = at_.placement.set_attribute(cluster_, instance.arn, attribute, "", stop);
      if (!off)
        return log::warn("the mark of a drain stays for now",
                         {{"instance", instance.arn}, {"error", off.error()}});
      at_.board.change(
          [&](FleetSightings& all) {
            for (auto& one : all.instances)
              if (one.arn == instance.arn) one.attributes.erase(attribute);
          },
          false);
    }
  }
}

void FleetActor::note(const std::string& pool, const std::string& action, const std::string& subject,
                      const std::string& error) {
  const char* outcome = !error.empty() ? "failed" : dry_run_ ? "dry_run" : "done";
  actions_.Add({{"action", action}, {"outcome", outcome}}).Increment();
  outcomes_.push_back({pool, action, subject, error});
}

PoolControl& FleetActor::control_of(const std::string& pool) {
  return kinds_[pool] == PoolKind::spot_fleet ? at_.fleets : at_.groups;
}

}  // namespace hakoban
