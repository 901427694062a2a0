#include "coordinator/fleet_sightings.h"

#include <algorithm>

#include <fmt/format.h>

namespace hakoban {
namespace {

// An observation that began so soon after an action of ours may not show it yet.
constexpr Duration kSettling = 2s;
constexpr Duration kLongOver = 10min;

using Members = std::map<std::string, std::pair<const SeenPool*, const PoolMember*>>;

bool shown(TimePoint action, TimePoint look_began) {
  return look_began >= action + kSettling;
}

std::optional<TimePoint> time_in(const std::map<std::string, std::string>& texts, const std::string& name) {
  const auto found = texts.find(name);
  if (found == texts.end()) return std::nullopt;
  const auto time = parse_rfc3339(found->second);
  return time ? std::optional{*time} : std::nullopt;
}

std::string text_in(const std::map<std::string, std::string>& texts, const std::string& name) {
  const auto found = texts.find(name);
  return found == texts.end() ? "" : found->second;
}

template <class Map>
const typename Map::mapped_type* find(const Map& map, const std::string& key) {
  const auto found = map.find(key);
  return found == map.end() ? nullptr : &found->second;
}

Members members_of(const FleetSightings& seen) {
  Members members;
  for (const auto& pool : seen.pools)
    for (const auto& member : pool.status.members) members[member.ec2_id] = {&pool, &member};
  return members;
}

class Assembly {
 public:
  explicit Assembly(const FleetSightings& seen) : seen_(seen), members_(members_of(seen)) {}

  FleetSnapshot make() {
    FleetSnapshot made;
    made.cluster = seen_.cluster;
    made.instances_at = seen_.instances_at;
    made.services_at = seen_.services_at;
    made.pools_at = seen_.pools_at;
    for (const auto& instance : seen_.instances) {
      registered_.insert(instance.ec2_instance_id);
      made.instances.push_back(instance_of(instance));
    }
    for (const auto& service : seen_.services)
      if (auto one = service_of(service)) made.services.push_back(std::move(*one));
    for (const auto& pool : seen_.pools) made.pools.push_back(pool_of(pool, made.instances));
    made.jobs = seen_.jobs;
    for (const auto& [part, what] : seen_.problems)
      made.problems.push_back(fmt::format("{}: {}", part, what));
    return made;
  }

 private:
  [[nodiscard]] bool leaves(const std::string& ec2_id) const {
    if (seen_.reclaimed.contains(ec2_id) || seen_.own_terminations.contains(ec2_id)) return true;
    const auto found = members_.find(ec2_id);
    return found != members_.end() && found->second.second->terminating();
  }

  FleetInstance instance_of(const EcsInstance& one) const {
    FleetInstance made;
    made.arn = one.arn;
    made.ec2_id = one.ec2_instance_id;
    made.type = text_in(one.attributes, "ecs.instance-type");
    made.zone = text_in(one.attributes, "ecs.availability-zone");
    if (const auto found = members_.find(one.ec2_instance_id); found != members_.end()) {
      const auto& [pool, member] = found->second;
      made.pool = pool->status.name;
      made.protected_from_scale_in = member->protected_from_scale_in;
      if (made.type.empty()) made.type = member->type;
      if (made.zone.empty()) made.zone = member->zone;
    }
    if (const auto* machine = find(seen_.machines, one.ec2_instance_id); machine != nullptr) {
      if (made.type.empty()) made.type = machine->type;
      if (made.zone.empty()) made.zone = machine->zone;
    }
    made.connected = one.agent_connected;
    made.leaving = leaves(one.ec2_instance_id);
    made.registered_at = one.registered_at;
    add_resources(one, made);
    add_state(one, made);
    if (const auto* placed = find(seen_.placed, one.arn); placed != nullptr) made.placed = *placed;
    return made;
  }

  static void add_resources(const EcsInstance& one, FleetInstance& made) {
    made.cpu = one.registered.cpu_units;
    made.memory = one.registered.memory_mib;
    made.gpus = static_cast<std::int64_t>(one.registered.gpus.size());
    made.cpu_left = one.remaining.cpu_units;
    made.memory_left = one.remaining.memory_mib;
    made.gpus_left = static_cast<std::int64_t>(one.remaining.gpus.size());
    made.ports = one.remaining.ports;
    made.udp_ports = one.remaining.udp_ports;
    made.tasks = one.running_tasks + one.pending_tasks;
    made.attributes = one.attributes;
  }

  // As ECS shows it, or as we set it since the look began.
  void add_state(const EcsInstance& one, FleetInstance& made) const {
    made.state = one.status == "ACTIVE"     ? InstanceState::active
                 : one.status == "DRAINING" ? InstanceState::draining
                                            : InstanceState::other;
    made.drained_at = time_in(one.attributes, kDrainedAt);
    const OwnStatus* own = find(seen_.own_statuses, one.arn);
    if (own != nullptr && !shown(own->at, seen_.instances_at)) {
      made.state = own->draining ? InstanceState::draining : InstanceState::active;
      made.drained_at = own->attribute == kDrainedAt ? std::optional{own->at} : std::nullopt;
    }
    if (made.state != InstanceState::draining) made.drained_at.reset();
  }

  std::optional<FleetService> service_of(const SeenService& service) const {
    const auto& status = service.status;
    if (status.status != "ACTIVE" || !status.on_instances()) return std::nullopt;
    FleetService made;
    made.name = status.name;
    made.daemon = status.scheduling_strategy == "DAEMON";
    made.desired = status.desired;
    made.running = status.running;
    made.pending = status.pending;
    made.need = service.need;
    if (made.need) {
      made.need->distinct_instance = status.distinct_instance;
      made.need->constraints.insert(made.need->constraints.end(), status.constraints.begin(),
                                    status.constraints.end());
    }
    made.placement_failed = seen_.placement_failed.contains(status.name);
    return made;
  }

  FleetPool pool_of(const SeenPool& pool, const std::vector<FleetInstance>& instances) const {
    const auto& status = pool.status;
    FleetPool made;
    made.name = status.name;
    made.kind = pool.kind;
    made.spot = status.spot || pool.launch_template.spot;
    made.target = status.target;
    if (const auto* own = find(seen_.own_targets, status.name);
        own != nullptr && !shown(own->at, seen_.pools_at))
      made.target = own->target;
    made.min = status.min;
    made.max = status.max;
    made.zones = status.zones;
    made.grown_at = time_in(status.tags, kGrownAtTag);
    made.shrunk_at = time_in(status.tags, kShrunkAtTag);
    add_types(pool, made, instances);
    add_members(status, made);
    add_attributes(status, made, instances);
    if (!status.active) made.max = std::min(made.max, made.target);  // it launches nothing any more
    return made;
  }

  void add_members(const PoolStatus& status, FleetPool& made) const {
    for (const auto& member : status.members) {
      made.fulfilled += member.weight;
      if (leaves(member.ec2_id)) {
        made.leaving += member.weight;
        continue;
      }
      const Ec2Machine* machine = find(seen_.machines, member.ec2_id);
      const std::string zone = member.zone.empty() && machine != nullptr ? machine->zone : member.zone;
      if (!zone.empty() && std::find(made.zones.begin(), made.zones.end(), zone) == made.zones.end())
        made.zones.push_back(zone);
      if (registered_.contains(member.ec2_id)) continue;
      BootingInstance booting;
      booting.ec2_id = member.ec2_id;
      booting.type = member.type;
      booting.zone = zone;
      if (machine != nullptr && machine->launched_at) booting.since = *machine->launched_at;
      made.booting.push_back(std::move(booting));
    }
  }

  void add_types(const SeenPool& pool, FleetPool& made, const std::vector<FleetInstance>& instances) const {
    auto types = pool.status.types;
    const auto add = [&](const std::string& name, std::int64_t weight) {
      const bool known = std::any_of(types.begin(), types.end(),
                                     [&](const PoolTypeSpec& type) { return type.name == name; });
      if (!name.empty() && !known) types.push_back({name, weight});
    };
    if (types.empty()) add(pool.launch_template.instance_type, 1);
    // Types that a change of the settings took away still run; nothing of them is bought.
    if (types.empty())
      for (const auto& member : pool.status.members) add(member.type, member.weight);
    for (const auto& type : types) made.types.push_back(sized(type, instances));
  }

  // As instances of the type have registered; as EC2 describes it; or of unknown size.
  [[nodiscard]] PoolType sized(const PoolTypeSpec& type, const std::vector<FleetInstance>& instances) const {
    PoolType made{type.name, type.weight, 0, 0, 0};
    for (const auto& instance : instances) {
      if (instance.type != type.name || instance.cpu <= 0) continue;
      return {type.name, type.weight, instance.cpu, instance.memory, instance.gpus};
    }
    if (const auto* known = find(seen_.types, type.name); known != nullptr) {
      made.cpu = known->cpu_units;
      made.memory = registered_memory(known->memory_mib);
      made.gpus = known->gpus;
    }
    return made;
  }

  // Those that all its registered instances have alike, and those that its tags tell.
  static void add_attributes(const PoolStatus& status, FleetPool& made,
                             const std::vector<FleetInstance>& instances) {
    bool first = true;
    for (const auto& instance : instances) {
      if (instance.pool != status.name) continue;
      if (first) made.attributes = instance.attributes;
      first = false;
      std::erase_if(made.attributes, [&](const auto& each) {
        const auto found = instance.attributes.find(each.first);
        return found == instance.attributes.end() || found->second != each.second;
      });
    }
    std::erase_if(made.attributes, [](const auto& each) {
      return each.first.starts_with("ecs.") || each.first.starts_with("hakoban.");
    });
    const std::string prefix = kAttributeTag;
    for (const auto& [key, value] : status.tags)
      if (key.starts_with(prefix)) made.attributes[key.substr(prefix.size())] = value;
  }

  const FleetSightings& seen_;
  const Members members_;
  std::set<std::string> registered_;  // EC2 ids
};

}  // namespace

bool worth_telling(const std::string& attribute) {
  return !attribute.starts_with("com.amazonaws.ecs.capability") && !attribute.starts_with("ecs.capability");
}

FleetSnapshot assemble(const FleetSightings& seen) {
  return Assembly{seen}.make();
}

void forget_old(FleetSightings& seen, TimePoint now) {
  std::erase_if(seen.own_targets, [&](const auto& each) { return shown(each.second.at, seen.pools_at); });
  std::erase_if(seen.own_statuses,
                [&](const auto& each) { return shown(each.second.at, seen.instances_at); });
  std::erase_if(seen.own_terminations, [&](const auto& each) { return now - each.second >= kLongOver; });
  std::erase_if(seen.reclaimed, [&](const auto& each) { return now - each.second >= kLongOver; });
  std::erase_if(seen.placement_failed, [&](const auto& failed) {
    const auto service =
        std::find_if(seen.services.begin(), seen.services.end(),
                     [&](const SeenService& one) { return one.status.name == failed.first; });
    const bool still_short = service != seen.services.end() &&
                             service->status.desired > service->status.running + service->status.pending;
    return now - failed.second >= kLongOver || (shown(failed.second, seen.services_at) && !still_short);
  });
  std::set<std::string> arns;
  for (const auto& instance : seen.instances) arns.insert(instance.arn);
  std::erase_if(seen.placed, [&](const auto& each) { return !arns.contains(each.first); });
}

std::int64_t registered_memory(std::int64_t machine_mib) {
  return machine_mib - machine_mib * 75 / 1000;
}

}  // namespace hakoban
