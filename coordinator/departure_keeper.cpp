#include "coordinator/departure_keeper.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "platform/either_stop.h"
#include "platform/log.h"
#include "platform/own_metrics.h"

namespace hakoban {
namespace {

constexpr Duration kBetweenTurns = 1s;
constexpr Duration kHooksAge = 5min;

const char* name_of(DepartureStep step) {
  switch (step) {
    case DepartureStep::drain:
      return "drain";
    case DepartureStep::stop_standalone:
      return "stop_standalone";
    case DepartureStep::stop_all:
      return "stop_all";
    case DepartureStep::heartbeat:
      return "heartbeat";
    case DepartureStep::complete:
      return "complete";
    case DepartureStep::wait:
    case DepartureStep::forget:
      break;
  }
  return "";
}

}  // namespace

DepartureKeeper::DepartureKeeper(DeparturePorts ports, std::string cluster, DepartureConfig config,
                                 prometheus::Registry& registry)
    : at_(ports),
      cluster_(std::move(cluster)),
      config_(std::move(config)),
      steps_(
          counter_family(registry, "hakoban_departure_steps_total",
                         "What was done for hosts that leave and whose agent does not see to it, by step and "
                         "outcome.")) {}

void DepartureKeeper::run(const std::stop_token& stop) {
  while (at_.clock.sleep(kBetweenTurns, stop)) turn(stop);
}

void DepartureKeeper::turn(const std::stop_token& stop) {
  if (!at_.lease.held()) {
    memory_.clear();
    return;
  }
  const EitherStop either{stop, at_.lease.while_held()};
  for (auto& host : departures(at_.board.sightings(Duration::max()))) {
    if (host.kind == DepartureKind::held)
      if (const auto hook = hook_of(host.pool, either.token()))
        host.heartbeat_timeout = hook->heartbeat_timeout;
    const auto decision = decide_departure(host, config_.policy, at_.clock.now());
    if (decision.step == DepartureStep::wait || decision.step == DepartureStep::forget) continue;
    auto& memory = memory_[host.ec2_id];
    const bool again = std::exchange(memory.told, name_of(decision.step)) == name_of(decision.step);
    if (config_.dry_run && again) continue;
    const auto done = config_.dry_run ? Result<void>{} : carry_out(host, decision.step, either.token());
    const char* outcome = !done ? "failed" : config_.dry_run ? "dry_run" : "done";
    steps_.Add({{"step", name_of(decision.step)}, {"outcome", outcome}}).Increment();
    if (again && !done) continue;
    log::write(done ? log::Level::info : log::Level::warn, "host leaves and its agent does not see to it",
               {{"step", name_of(decision.step)},
                {"outcome", outcome},
                {"ec2_instance", host.ec2_id},
                {"pool", host.pool},
                {"reason", decision.reason},
                {"error", done ? std::string{} : done.error().what}});
  }
}

std::vector<Departure> DepartureKeeper::departures(const FleetSightings& seen) {
  std::map<std::string, Departure> leaving;
  for (const auto& pool : seen.pools) {
    for (const auto& member : pool.status.members) {
      if (member.state != "Terminating:Wait") continue;
      Departure host;
      host.ec2_id = member.ec2_id;
      host.pool = pool.status.name;
      host.kind = DepartureKind::held;
      host.since = remember(member.ec2_id, at_.clock.now());
      leaving[host.ec2_id] = std::move(host);
    }
  }
  // A reclaim has the earlier end: nothing holds it.
  for (const auto& [id, when] : seen.reclaimed) {
    remember(id, when);
    Departure host;
    host.ec2_id = id;
    host.since = when;
    leaving[id] = std::move(host);
  }
  for (const auto& instance : seen.instances) {
    const auto found = leaving.find(instance.ec2_instance_id);
    if (found == leaving.end()) continue;
    Departure& host = found->second;
    host.instance_arn = instance.arn;
    host.draining = instance.status == "DRAINING";
    host.ours = instance.attributes.contains(kTakenOverAt);
    host.tasks = instance.running_tasks + instance.pending_tasks;
    const auto own = seen.own_statuses.find(instance.arn);
    if (own == seen.own_statuses.end()) continue;
    host.draining = own->second.draining;
    host.ours = own->second.attribute == kTakenOverAt;
  }
  std::erase_if(memory_, [&](const auto& each) { return !leaving.contains(each.first); });
  std::vector<Departure> list;
  for (auto& [id, host] : leaving) {
    const auto& memory = memory_.at(id);
    host.standalone_stopped = memory.standalone_stopped;
    host.all_stopped = memory.all_stopped;
    host.heartbeat_at = memory.heartbeat_at;
    list.push_back(std::move(host));
  }
  return list;
}

// Since when it is known to leave.
TimePoint DepartureKeeper::remember(const std::string& ec2_id, TimePoint since) {
  const auto [known, fresh] = memory_.try_emplace(ec2_id);
  if (fresh) known->second.since = since;
  return known->second.since;
}

std::optional<LifecycleHook> DepartureKeeper::hook_of(const std::string& group, const std::stop_token& stop) {
  const auto known = hooks_.find(group);
  if (known != hooks_.end() && at_.clock.now() - known->second.at < kHooksAge) return known->second.ours;
  const auto hooks = at_.hooks.terminating_hooks(group, stop);
  if (!hooks) {
    log::warn("lifecycle hooks not read", {{"group", group}, {"error", hooks.error()}});
    return known != hooks_.end() ? known->second.ours : std::nullopt;
  }
  Hooks read{at_.clock.now(), std::nullopt};
  for (const auto& hook : *hooks)
    if (hook.name == config_.hook || (config_.hook.empty() && hooks->size() == 1)) read.ours = hook;
  if (!read.ours && !hooks->empty())
    log::warn("none of the group's lifecycle hooks is ours: departures.hook says which",
              {{"group", group}, {"hooks", hooks->size()}});
  hooks_[group] = read;
  return read.ours;
}

Result<void> DepartureKeeper::carry_out(const Departure& host, DepartureStep step,
                                        const std::stop_token& stop) {
  auto& memory = memory_[host.ec2_id];
  if (step == DepartureStep::drain) return drain(host, stop);
  if (step == DepartureStep::stop_standalone || step == DepartureStep::stop_all) {
    const bool all = step == DepartureStep::stop_all;
    auto stopped = stop_tasks(host, all, stop);
    if (stopped) (all ? memory.all_stopped : memory.standalone_stopped) = true;
    return stopped;
  }
  const auto hook = hook_of(host.pool, stop);
  if (!hook) return Error{Errc::not_found, fmt::format("{} has no lifecycle hook that is ours", host.pool)};
  if (step == DepartureStep::complete) return at_.hooks.complete(host.pool, hook->name, host.ec2_id, stop);
  auto beaten = at_.hooks.heartbeat(host.pool, hook->name, host.ec2_id, stop);
  if (beaten) memory.heartbeat_at = at_.clock.now();
  return beaten;
}

Result<void> DepartureKeeper::drain(const Departure& host, const std::stop_token& stop) {
  const TimePoint now = at_.clock.now();
  const auto marked =
      at_.placement.set_attribute(cluster_, host.instance_arn, kTakenOverAt, format_rfc3339(now), stop);
  if (!marked)
    log::warn("a drain could not be marked", {{"instance", host.instance_arn}, {"error", marked.error()}});
  const auto refused = at_.placement.set_status(cluster_, {host.instance_arn}, "DRAINING", stop);
  if (!refused) return refused.error();
  if (!refused->empty()) return Error{Errc::invalid, refused->begin()->second};
  at_.board.change([&](FleetSightings& all) {
    all.own_statuses[host.instance_arn] = {true, kTakenOverAt, now};
  });
  return {};
}

Result<void> DepartureKeeper::stop_tasks(const Departure& host, bool all, const std::stop_token& stop) {
  const auto tasks = at_.placement.tasks_on(cluster_, host.instance_arn, stop);
  if (!tasks) return tasks.error();
  std::optional<Error> failed;
  for (const auto& task : *tasks) {
    if (!all && task.group.starts_with("service:")) continue;
    const auto stopped = at_.control.stop_task(cluster_, task.arn, "EC2 reclaims the host", stop);
    if (!stopped) failed = stopped.error();
  }
  if (failed) return *failed;
  return {};
}

}  // namespace hakoban
