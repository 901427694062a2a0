#include "core/fleet/fleet_model.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/fleet/at_work.h"

namespace hakoban {
namespace {

const PoolType* smallest_of(const FleetPool& pool) {
  const PoolType* smallest = nullptr;
  for (const auto& type : pool.types) {
    if (type.cpu <= 0 || type.memory <= 0) continue;
    if (smallest == nullptr || std::pair{type.cpu, type.memory} < std::pair{smallest->cpu, smallest->memory})
      smallest = &type;
  }
  return smallest;
}

const PoolType* type_named(const FleetPool& pool, const std::string& name) {
  const auto found = std::find_if(pool.types.begin(), pool.types.end(),
                                  [&](const PoolType& type) { return type.name == name; });
  return found == pool.types.end() ? nullptr : &*found;
}

Bin bin_of(const FleetInstance& instance, std::size_t pool) {
  Bin bin;
  bin.pool = pool;
  bin.cpu = instance.cpu_left;
  bin.memory = instance.memory_left;
  bin.gpus = instance.gpus_left;
  bin.ports = instance.ports;
  bin.udp_ports = instance.udp_ports;
  bin.attributes = &instance.attributes;
  return bin;
}

bool drains_to_shrink(const FleetInstance& instance) {
  return instance.state == InstanceState::draining && instance.drained_at && !instance.leaving;
}

}  // namespace

std::int64_t PoolModel::weight_of(const std::string& type) const {
  const PoolType* found = type_named(*seen, type);
  return found != nullptr ? found->weight : 1;
}

FleetModel::FleetModel(const FleetSnapshot& snapshot, const FleetPolicy& policy, TimePoint now)
    : snapshot_(snapshot), policy_(policy), now_(now), doubtful_(in_doubt(snapshot)) {
  for (const auto& service : snapshot.services)
    if (service.daemon && service.need) daemons_.push_back(&*service.need);
  pools_.reserve(snapshot.pools.size());
  for (const auto& pool : snapshot.pools) {
    PoolModel model;
    model.seen = &pool;
    model.policy = &policy.of(pool);
    model.bounds = bounds_at(pool, policy, now);
    model.smallest = smallest_of(pool);
    model.undelivered = undelivered_by(pool);
    for (const auto& zone : pool.zones) model.zones[zone] = 0;
    model.decision.pool = pool.name;
    model.decision.current = pool.target;
    model.decision.target = pool.target;
    pools_.push_back(std::move(model));
  }
  add_instances();
  hosts_ = room_.size();
  for (std::size_t i = 0; i < pools_.size(); ++i) add_coming(i);
  for (std::size_t i = 0; i < pools_.size(); ++i) add_replacements(i);
}

// A pool that owes units for long has no capacity to give; one whose instances do not register would buy the
// same again after each time-out.
std::string FleetModel::undelivered_by(const FleetPool& pool) const {
  if (pool.unlaunched_since && now_ - *pool.unlaunched_since >= policy_.launch_timeout)
    return fmt::format("owes {} units for longer than {}", pool.target - pool.fulfilled,
                       format_duration(policy_.launch_timeout));
  const auto lost = std::count_if(pool.booting.begin(), pool.booting.end(), [&](const BootingInstance& each) {
    return now_ - each.since >= policy_.boot_timeout;
  });
  constexpr int kChance = 3;
  if (lost >= kChance)
    return fmt::format("{} instances launched have not registered within {}", lost,
                       format_duration(policy_.boot_timeout));
  return {};
}

// On instances of no pool of ours there is room, but they are no business of ours.
void FleetModel::add_instances() {
  std::map<std::string_view, std::size_t> index;
  for (std::size_t i = 0; i < pools_.size(); ++i) index[pools_[i].seen->name] = i;
  for (const auto& instance : snapshot_.instances) {
    const auto found = index.find(instance.pool);
    PoolModel* pool = found == index.end() ? nullptr : &pools_[found->second];
    if (pool != nullptr && !instance.leaving) ++pool->zones[instance.zone];
    const bool working = at_work(instance, policy_, now_, doubtful_);
    if (!working && (pool == nullptr || !drains_to_shrink(instance))) continue;
    Bin bin = bin_of(instance, pool == nullptr ? pools_.size() : found->second);
    bin.open = working;
    const auto at = room_.add(std::move(bin));
    if (pool == nullptr) continue;
    if (working) {
      pool->working.emplace_back(at, &instance);
      pool->registered.cpu += instance.cpu;
      pool->registered.memory += instance.memory;
    } else {
      pool->draining.emplace_back(at, &instance);
      pool->leaving += pool->weight_of(instance.type);
    }
  }
  for (auto& pool : pools_) {
    std::sort(pool.draining.begin(), pool.draining.end(), [](const auto& left, const auto& right) {
      return std::pair{*left.second->drained_at, &left.second->arn} >
             std::pair{*right.second->drained_at, &right.second->arn};
    });
  }
}

// Instances that were launched and have not registered, and units the pool owes; neither for longer than its
// time-out.
void FleetModel::add_coming(std::size_t index) {
  PoolModel& pool = pools_[index];
  const auto add = [&](const PoolType& type, const std::string& zone) {
    pool.coming_bins.push_back(room_.add(empty_bin(index, type, zone)));
    pool.coming.cpu += type.cpu;
    pool.coming.memory += type.memory;
    pool.decision.in_flight += type.weight;
    ++pool.zones[zone];
  };
  for (const auto& booting : pool.seen->booting) {
    if (now_ - booting.since >= policy_.boot_timeout) continue;
    const PoolType* type = type_named(*pool.seen, booting.type);
    if (type == nullptr || type->cpu <= 0) type = pool.smallest;
    if (type != nullptr) add(*type, booting.zone);
  }
  if (pool.smallest == nullptr || !pool.undelivered.empty()) return;
  for (auto owed = pool.seen->target - pool.seen->fulfilled; owed > 0;
       owed -= std::max<std::int64_t>(1, pool.smallest->weight))
    add(*pool.smallest, next_zone(pool));
}

void FleetModel::add_replacements(std::size_t index) {
  PoolModel& pool = pools_[index];
  if (pool.smallest == nullptr || !pool.undelivered.empty()) return;
  const auto owed = std::max<std::int64_t>(0, pool.seen->target - pool.seen->fulfilled);
  auto to_come = pool.seen->target - pool.seen->fulfilled + pool.seen->leaving - owed;
  for (; to_come > 0; to_come -= std::max<std::int64_t>(1, pool.smallest->weight)) {
    Bin bin = empty_bin(index, *pool.smallest, next_zone(pool));
    bin.open = false;
    pool.replacing_bins.push_back(room_.add(std::move(bin)));
  }
}

void FleetModel::count_replacements(PoolModel& pool) {
  for (const auto bin : pool.replacing_bins) {
    room_.set_open(bin, true);
    pool.coming_bins.push_back(bin);
    pool.coming.cpu += pool.smallest->cpu;
    pool.coming.memory += pool.smallest->memory;
    pool.decision.in_flight += pool.smallest->weight;
  }
  pool.replacing_bins.clear();
}

Capacity FleetModel::free_in(const PoolModel& pool) const {
  Capacity free;
  const auto add = [&](std::size_t index) {
    const Bin& bin = room_.bin(index);
    if (!bin.open) return;
    free.cpu += bin.cpu;
    free.memory += bin.memory;
  };
  for (const auto& [bin, instance] : pool.working) add(bin);
  for (const auto bin : pool.coming_bins) add(bin);
  return free;
}

Bin FleetModel::empty_bin(std::size_t pool, const PoolType& type, const std::string& zone) {
  Attributes attributes = pools_[pool].seen->attributes;
  attributes["ecs.instance-type"] = type.name;
  if (!zone.empty()) attributes["ecs.availability-zone"] = zone;
  attributes_.push_back(std::move(attributes));
  Bin bin;
  bin.pool = pool;
  bin.cpu = type.cpu;
  bin.memory = type.memory;
  bin.gpus = type.gpus;
  bin.ports = {22, 2375, 2376, 51678, 51679};  // the ECS agent's own reservation
  bin.attributes = &attributes_.back();
  for (const TaskNeed* daemon : daemons_) {
    if (room_.allows(*daemon, *bin.attributes) == Verdict::no) continue;
    bin.cpu -= daemon->cpu;
    bin.memory -= daemon->memory;
    bin.gpus -= daemon->gpus;
    bin.ports.insert(bin.ports.end(), daemon->ports.begin(), daemon->ports.end());
    bin.udp_ports.insert(bin.udp_ports.end(), daemon->udp_ports.begin(), daemon->udp_ports.end());
  }
  return bin;
}

void FleetModel::undrain(PoolModel& pool, std::size_t at) {
  const auto [bin, instance] = pool.draining[at];
  pool.draining.erase(pool.draining.begin() + static_cast<std::ptrdiff_t>(at));
  pool.working.emplace_back(bin, instance);
  room_.set_open(bin, true);
  pool.registered.cpu += instance->cpu;
  pool.registered.memory += instance->memory;
  pool.leaving -= pool.weight_of(instance->type);
  pool.decision.undrain.push_back(instance->arn);
}

std::size_t FleetModel::buy(std::size_t index, const PoolType& type, const std::string& zone) {
  PoolModel& pool = pools_[index];
  const auto bin = room_.add(empty_bin(index, type, zone));
  pool.coming_bins.push_back(bin);
  pool.coming.cpu += type.cpu;
  pool.coming.memory += type.memory;
  pool.bought += type.weight;
  pool.decision.target += type.weight;
  ++pool.zones[zone];
  return bin;
}

std::string FleetModel::next_zone(const PoolModel& pool) {
  const auto fewest =
      std::min_element(pool.zones.begin(), pool.zones.end(),
                       [](const auto& left, const auto& right) { return left.second < right.second; });
  return fewest == pool.zones.end() ? std::string{} : fewest->first;
}

}  // namespace hakoban
