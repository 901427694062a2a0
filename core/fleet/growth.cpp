#include "core/fleet/growth.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace hakoban {
namespace {

// Once is enough for what several needs ran into.
void add_once(std::vector<std::string>& list, const std::string& text) {
  if (std::find(list.begin(), list.end(), text) == list.end()) list.push_back(text);
}

std::string largest_type(const FleetPool& pool) {
  const auto largest =
      std::max_element(pool.types.begin(), pool.types.end(), [](const PoolType& left, const PoolType& right) {
        return std::pair{left.memory, left.cpu} < std::pair{right.memory, right.cpu};
      });
  if (largest == pool.types.end()) return "no type";
  return fmt::format("the largest, {}, has {} cpu and {} MiB", largest->name, largest->cpu, largest->memory);
}

// Smallest first.
std::vector<const PoolType*> known_types(const FleetPool& pool) {
  std::vector<const PoolType*> types;
  for (const auto& type : pool.types)
    if (type.cpu > 0 && type.memory > 0) types.push_back(&type);
  std::sort(types.begin(), types.end(), [](const PoolType* left, const PoolType* right) {
    return std::pair{left->cpu, left->memory} < std::pair{right->cpu, right->memory};
  });
  return types;
}

}  // namespace

std::size_t Growth::first_bin_for(const Demand& demand) const {
  std::size_t first = 0;
  for (const auto& each : plain_)
    if (each.cursor > first && each.cpu <= demand.need.cpu && each.memory <= demand.need.memory &&
        (!each.pool || each.pool == demand.pool))
      first = each.cursor;
  return first;
}

void Growth::remember(const Demand& demand, std::size_t cursor) {
  const TaskNeed& need = demand.need;
  if (!need.ports.empty() || !need.udp_ports.empty() || !need.constraints.empty() || need.gpus > 0) return;
  const auto same = [&](const Plain& each) {
    return each.pool == demand.pool && each.cpu == need.cpu && each.memory == need.memory;
  };
  const auto found = std::find_if(plain_.begin(), plain_.end(), same);
  if (found != plain_.end())
    found->cursor = cursor;
  else
    plain_.push_back({demand.pool, need.cpu, need.memory, cursor});
}

Growth::Outcome Growth::meet(const Demand& demand) {
  const std::vector<std::size_t> none;
  const bool distinct = demand.taken != nullptr;
  auto& cursor = cursors_[{demand.pool, demand.need}];
  const auto from = std::max(distinct ? 0 : cursor, first_bin_for(demand));
  const auto found =
      model_.room().place(demand.need, demand.pool, true, from, distinct ? *demand.taken : none);
  if (!distinct) {
    cursor = found.value_or(model_.room().size());
    remember(demand, cursor);
  }
  if (!found) return enlarge(demand);
  last_bin_ = *found;
  if (distinct) demand.taken->push_back(*found);
  const auto pool = model_.room().bin(*found).pool;
  if (!model_.is_host(*found)) model_.pools()[pool].wanted = true;
  if (*found >= first_bought_) ++causes_[pool][demand.cause];
  return Outcome::had_room;
}

Growth::Outcome Growth::enlarge(const Demand& demand) {
  why_.clear();
  for (const auto outcome : {Outcome::called_back, Outcome::bought}) {
    for (std::size_t pool = 0; pool < model_.pools().size(); ++pool) {
      if (demand.pool && *demand.pool != pool) continue;
      const auto bin =
          outcome == Outcome::called_back ? call_back_for(demand.need, pool) : buy_for(demand, pool);
      if (!bin) continue;
      last_bin_ = *bin;
      model_.room().put(demand.need, *bin);
      model_.pools()[pool].wanted = true;
      if (demand.taken != nullptr) demand.taken->push_back(*bin);
      ++causes_[pool][demand.cause];
      return outcome;
    }
  }
  return Outcome::refused;
}

std::optional<std::size_t> Growth::fit(const TaskNeed& need, std::optional<std::size_t> pool) {
  const auto mark = model_.room().mark();
  const auto found = model_.room().place(need, pool, true);
  if (found && model_.is_host(*found)) return found;
  model_.room().rollback(mark);
  return std::nullopt;
}

bool Growth::empty_place_for(const TaskNeed& need, std::optional<std::size_t> only) {
  for (std::size_t i = 0; i < model_.pools().size(); ++i) {
    if (only && *only != i) continue;
    const PoolModel& pool = model_.pools()[i];
    const auto fits = [&](std::size_t bin) { return model_.room().fits(need, bin, true); };
    if (std::any_of(pool.coming_bins.begin(), pool.coming_bins.end(), fits)) return true;
    if (std::any_of(pool.working.begin(), pool.working.end(),
                    [&](const auto& each) { return each.second->tasks == 0 && fits(each.first); }))
      return true;
  }
  return false;
}

bool Growth::enlarge_by_one(std::size_t index) {
  PoolModel& pool = model_.pools()[index];
  for (std::size_t at = 0; at < pool.draining.size(); ++at) {
    if (!pool.draining[at].second->connected) continue;
    model_.undrain(pool, at);
    look_anew();
    return true;
  }
  if (pool.smallest == nullptr) {
    add_once(pool.decision.limits, "how much its types hold is not known");
    return false;
  }
  if (const auto why = forbidden(pool, pool.smallest->weight)) {
    add_once(pool.decision.limits, *why);
    return false;
  }
  model_.buy(index, *pool.smallest, FleetModel::next_zone(pool));
  return true;
}

std::optional<std::size_t> Growth::call_back_for(const TaskNeed& need, std::size_t index) {
  PoolModel& pool = model_.pools()[index];
  for (std::size_t at = 0; at < pool.draining.size(); ++at) {
    const auto [bin, instance] = pool.draining[at];
    if (!instance->connected) continue;
    model_.room().set_open(bin, true);
    if (model_.room().fits(need, bin, true)) {
      model_.undrain(pool, at);
      look_anew();
      return bin;
    }
    model_.room().set_open(bin, false);
  }
  return std::nullopt;
}

std::optional<std::size_t> Growth::buy_for(const Demand& demand, std::size_t index) {
  PoolModel& pool = model_.pools()[index];
  const auto refuse = [&](const std::string& why) {
    why_.push_back(fmt::format("{}: {}", pool.seen->name, why));
    return std::nullopt;
  };
  const auto types = known_types(*pool.seen);
  Near near = Near::size;
  bool all_would_do = true;
  for (const PoolType* type : types) {
    const auto zone = zone_for(demand.need, index, *type, near);
    if (!zone) {
      all_would_do = false;
      continue;
    }
    auto why = forbidden(pool, type->weight);
    if (why) {
      pool.wanted = true;
      add_once(pool.decision.limits, *why);
    } else if (!all_would_do) {
      why = vain(demand, pool);
    }
    if (why) return refuse(*why);
    return model_.buy(index, *type, *zone);
  }
  if (types.empty()) return refuse("how much its types hold is not known");
  if (near == Near::ports) return refuse("the agent or a daemon has its port there");
  if (near == Near::constraints) return refuse("its instances do not meet the task's placement constraints");
  return refuse("no type holds it; " + largest_type(*pool.seen));
}

// A pool of several types launches which it likes. For a need that only some of them hold it is tried a few
// times, one after the other, and not for ever.
std::optional<std::string> Growth::vain(const Demand& demand, const PoolModel& pool) {
  constexpr int kTries = 3;
  if (pool.bought == 0 && pool.seen->target > pool.seen->fulfilled)
    return "not all of its types hold it, and what comes next is not known yet";
  const auto too_small = [&](std::size_t bin) { return !model_.room().fits(demand.need, bin, true); };
  int others = 0;
  for (const auto& [bin, instance] : pool.working)
    if (instance->tasks == 0 && demand.since && instance->registered_at > demand.since && too_small(bin))
      ++others;
  for (const auto bin : pool.coming_bins)
    if (bin < first_bought_ && too_small(bin)) ++others;
  if (others < kTries) return std::nullopt;
  return fmt::format("not all of its types hold it, and it launched {} others since", others);
}

// The zone in which an instance of the type would do; nothing if in none.
std::optional<std::string> Growth::zone_for(const TaskNeed& need, std::size_t index, const PoolType& type,
                                            Near& near) {
  PoolModel& pool = model_.pools()[index];
  std::vector<std::string> zones{FleetModel::next_zone(pool)};
  if (!need.constraints.empty())
    for (const auto& [zone, count] : pool.zones) zones.push_back(zone);
  for (const auto& zone : zones) {
    const Bin bin = model_.empty_bin(index, type, zone);
    if (!Placement::holds(need, bin)) return std::nullopt;
    near = std::max(near, Near::ports);
    if (!Placement::has_ports(need, bin)) return std::nullopt;
    near = Near::constraints;
    if (model_.room().allows(need, *bin.attributes) == Verdict::yes) return zone;
  }
  return std::nullopt;
}

std::optional<std::string> Growth::forbidden(PoolModel& pool, std::int64_t units) {
  if (!pool.undelivered.empty()) return pool.undelivered;
  if (pool.seen->target + pool.bought + units > pool.bounds.max)
    return fmt::format("at most {} units", pool.bounds.max);
  if (pool.bought > 0 && pool.bought + units > pool.policy->step_out)
    return fmt::format("at most {} units at once", pool.policy->step_out);
  const auto& grown = pool.seen->grown_at;
  if (grown && model_.now() - *grown < pool.policy->out_cooldown)
    return fmt::format("grew less than {} ago", format_duration(pool.policy->out_cooldown));
  return std::nullopt;
}

std::string Growth::why_refused() const {
  return why_.empty() ? "no pool to grow" : fmt::format("{}", fmt::join(why_, "; "));
}

void Growth::tell_reasons() {
  constexpr std::size_t kNamed = 5;
  for (const auto& [pool, causes] : causes_) {
    std::vector<std::string> named;
    for (const auto& [cause, count] : causes) {
      if (named.size() == kNamed) {
        named.push_back(fmt::format("and {} more", causes.size() - kNamed));
        break;
      }
      named.push_back(count == 1 ? cause : fmt::format("{} ×{}", cause, count));
    }
    model_.pools()[pool].decision.reasons.push_back(fmt::format("no room for {}", fmt::join(named, ", ")));
  }
}

}  // namespace hakoban
