#include "coordinator/host_observer.h"

#include <algorithm>

#include <fmt/format.h>

#include "platform/log.h"

namespace hakoban {
namespace {

constexpr Duration kBreath = 500ms;       // between two looks, however urgent
constexpr Duration kTemplateAge = 5min;   // its default version may change
constexpr Duration kAskAgainAfter = 30s;  // about what EC2 did not know
constexpr Duration kPlacedAge = 10s;
constexpr int kTasksLooks = 4;               // hosts, of one look
constexpr std::int64_t kFleetMost = 10'000;  // units: Amazon's own limit of a Spot Fleet's target

}  // namespace

Result<PoolName> parse_pool_name(std::string_view text) {
  const auto after = [&](std::string_view prefix) { return std::string{text.substr(prefix.size())}; };
  PoolName pool{text.starts_with("sfr-") ? PoolKind::spot_fleet : PoolKind::auto_scaling_group,
                std::string{text}};
  if (text.starts_with("asg:")) pool = {PoolKind::auto_scaling_group, after("asg:")};
  if (text.starts_with("spotfleet:")) pool = {PoolKind::spot_fleet, after("spotfleet:")};
  if (pool.name.empty()) return Error{Errc::invalid, "a pool needs a name"};
  if (pool.kind == PoolKind::spot_fleet && !pool.name.starts_with("sfr-"))
    return Error{Errc::invalid, fmt::format("'{}' is no Spot Fleet's request id (sfr-…)", pool.name)};
  return pool;
}

HostObserver::HostObserver(HostObserverPorts ports, ObserverConfig config, prometheus::Registry& registry)
    : at_(ports),
      config_(std::move(config)),
      pools_log_("pools", at_.board, at_.clock, registry),
      instances_log_("instances", at_.board, at_.clock, registry) {}

void HostObserver::run(const std::stop_token& stop) {
  const Duration breath = std::min(kBreath, config_.interval);
  do {
    look(stop);
    if (!at_.clock.sleep(breath, stop)) return;
    at_.board.wait_for_question_about_hosts(config_.interval - breath, stop);
  } while (!stop.stop_requested());
}

// Pools first: an instance that registers in between is then known to its pool.
void HostObserver::look(const std::stop_token& stop) {
  look_at_pools(stop);
  look_at_instances(stop);
}

void HostObserver::look_at_pools(const std::stop_token& stop) {
  const TimePoint began = at_.clock.now();
  const SteadyPoint steady = at_.clock.steady();
  auto seen_pools = pools(stop);
  if (!seen_pools) return pools_log_.failed(seen_pools.error());
  member_ids_.clear();
  for (const auto& pool : *seen_pools)
    for (const auto& member : pool.status.members) member_ids_.insert(member.ec2_id);
  learn_types(*seen_pools, stop);
  learn_machines(member_ids_, stop);
  at_.board.change([&](FleetSightings& seen) {
    seen.pools = std::move(*seen_pools);
    seen.pools_at = began;
    seen.types = types_;
    seen.machines = machines_;
  });
  pools_log_.went_well(at_.clock.steady() - steady);
}

Result<std::vector<SeenPool>> HostObserver::pools(const std::stop_token& stop) {
  std::map<PoolKind, std::vector<std::string>> names;
  for (const auto& pool : config_.pools) names[pool.kind].push_back(pool.name);
  std::map<std::string, SeenPool> found;
  for (const auto& [kind, of_kind] : names) {
    auto& control = kind == PoolKind::spot_fleet ? at_.fleets : at_.groups;
    auto described = control.describe(of_kind, stop);
    if (!described) return described.error();
    for (auto& status : *described) {
      if (kind == PoolKind::spot_fleet) status.max = kFleetMost;
      const std::string name = status.name;
      found[name] = {kind, std::move(status), {}};
    }
  }
  std::vector<SeenPool> in_order;
  for (const auto& pool : config_.pools) {
    const auto one = found.find(pool.name);
    if (one == found.end()) {
      complain("pool " + pool.name, {Errc::not_found, "there is no such pool"});
      continue;
    }
    complaints_.erase("pool " + pool.name);
    if (!one->second.status.launch_template.empty())
      one->second.launch_template = launch_template(one->second.status.launch_template, stop);
    in_order.push_back(std::move(one->second));
  }
  if (in_order.empty() && !config_.pools.empty()) return Error{Errc::not_found, "none of the pools exists"};
  return in_order;
}

Ec2LaunchTemplate HostObserver::launch_template(const std::string& name, const std::stop_token& stop) {
  const auto known = templates_.find(name);
  if (known != templates_.end() && at_.clock.now() - known->second.at < kTemplateAge)
    return known->second.read;
  const auto read = at_.ec2.launch_template(name, stop);
  if (!read) {
    complain("launch template " + name, read.error());
    return known != templates_.end() ? known->second.read : Ec2LaunchTemplate{};
  }
  templates_[name] = {at_.clock.now(), *read};
  return *read;
}

void HostObserver::learn_types(const std::vector<SeenPool>& pools, const std::stop_token& stop) {
  std::set<std::string> names;
  const auto want = [&](const std::string& name) {
    const auto asked = asked_about_.find(name);
    const bool lately = asked != asked_about_.end() && at_.clock.now() - asked->second < kAskAgainAfter;
    if (!name.empty() && !types_.contains(name) && !lately) names.insert(name);
  };
  for (const auto& pool : pools) {
    for (const auto& type : pool.status.types) want(type.name);
    want(pool.launch_template.instance_type);
  }
  if (names.empty()) return;
  const auto types = at_.ec2.types({names.begin(), names.end()}, stop);
  for (const auto& name : names) asked_about_[name] = at_.clock.now();
  if (!types) return complain("instance types", types.error());
  for (const auto& type : *types) types_[type.name] = type;
}

// An instance's address, zone and launch time never change: each is asked about once.
void HostObserver::learn_machines(const std::set<std::string>& ids, const std::stop_token& stop) {
  std::vector<std::string> unknown;
  for (const auto& id : ids) {
    const auto asked = asked_about_.find(id);
    const bool lately = asked != asked_about_.end() && at_.clock.now() - asked->second < kAskAgainAfter;
    if (!id.empty() && !machines_.contains(id) && !lately) unknown.push_back(id);
  }
  if (unknown.empty()) return;
  const auto machines = at_.ec2.machines(unknown, stop);
  for (const auto& id : unknown) asked_about_[id] = at_.clock.now();
  if (!machines) return complain("EC2 instances", machines.error());
  for (const auto& machine : *machines)
    if (!machine.private_address.empty()) machines_[machine.id] = machine;
}

void HostObserver::look_at_instances(const std::stop_token& stop) {
  const TimePoint began = at_.clock.now();
  const SteadyPoint steady = at_.clock.steady();
  auto instances = at_.ecs.instances(config_.cluster, stop);
  if (!instances) return instances_log_.failed(instances.error());
  std::set<std::string> ids = member_ids_;
  std::set<std::string> arns;
  for (auto& instance : *instances) {
    ids.insert(instance.ec2_instance_id);
    arns.insert(instance.arn);
    std::erase_if(instance.attributes, [](const auto& each) { return !worth_telling(each.first); });
  }
  learn_machines(ids, stop);
  std::erase_if(machines_, [&](const auto& each) { return !ids.contains(each.first); });
  std::erase_if(asked_about_, [&](const auto& each) { return at_.clock.now() - each.second > 1h; });
  std::erase_if(placed_, [&](const auto& each) {
    return !arns.contains(each.first) || at_.clock.now() - each.second >= kPlacedAge;
  });
  at_.board.change([&](FleetSightings& seen) {
    seen.instances = std::move(*instances);
    seen.instances_at = began;
    seen.machines = machines_;
    std::erase_if(seen.placed, [&](const auto& each) { return !placed_.contains(each.first); });
  });
  instances_log_.went_well(at_.clock.steady() - steady);
  look_at_tasks(arns, stop);
}

// Three calls a host: so many at a time that the next look at all is not late.
void HostObserver::look_at_tasks(const std::set<std::string>& here, const std::stop_token& stop) {
  int looked = 0;
  for (const auto& arn : at_.board.wishes()) {
    if (!here.contains(arn) || placed_.contains(arn)) continue;
    if (++looked > kTasksLooks) return;
    auto tasks = tasks_on(arn, stop);
    if (!tasks) return complain("tasks", tasks.error());
    placed_[arn] = at_.clock.now();
    at_.board.change([&](FleetSightings& seen) { seen.placed[arn] = std::move(*tasks); });
  }
}

Result<std::vector<PlacedTask>> HostObserver::tasks_on(const std::string& instance,
                                                       const std::stop_token& stop) {
  const auto tasks = at_.placement.tasks_on(config_.cluster, instance, stop);
  if (!tasks) return tasks.error();
  std::set<std::string> daemons;
  for (const auto& service : at_.board.sightings(Duration::max()).services)
    if (service.status.scheduling_strategy == "DAEMON") daemons.insert("service:" + service.status.name);
  std::vector<std::string> of_services;
  for (const auto& task : *tasks)
    if (task.group.starts_with("service:")) of_services.push_back(task.arn);
  const auto kept = at_.placement.protected_tasks(config_.cluster, of_services, stop);
  if (!kept) return kept.error();
  std::vector<PlacedTask> placed;
  for (const auto& task : *tasks) {
    PlacedTask one;
    one.arn = task.arn;
    one.daemon = daemons.contains(task.group);
    one.moves = task.group.starts_with("service:") && !kept->contains(task.arn);
    const auto need = at_.needs.need_of(task.task_definition_arn, stop);
    if (!need) return Error{Errc::not_found, fmt::format("what {} needs is not known", task.arn)};
    one.need = *need;
    one.need.cpu = task.cpu.value_or(one.need.cpu);
    one.need.memory = task.memory.value_or(one.need.memory);
    placed.push_back(std::move(one));
  }
  return placed;
}

void HostObserver::complain(const std::string& about, const Error& error) {
  if (error.code == Errc::cancelled) return;
  if (complaints_[about] != error.what) log::warn("not known", {{"what", about}, {"error", error}});
  complaints_[about] = error.what;
}

}  // namespace hakoban
