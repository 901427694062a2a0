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

}  // namespace

Growth::Outcome Growth::meet(const TaskNeed& need, std::optional<std::size_t> pool,
                             std::vector<std::size_t>* taken, const std::string& cause) {
  auto& cursor = cursors_[{pool, need}];
  const std::vector<std::size_t> none;
  const auto found =
      model_.room().place(need, pool, true, taken != nullptr ? 0 : cursor, taken != nullptr ? *taken : none);
  if (taken == nullptr) cursor = found.value_or(model_.room().size());
  if (!found) return enlarge(need, pool, taken, cause);
  if (taken != nullptr) taken->push_back(*found);
  if (*found >= first_bought_) ++causes_[model_.room().bin(*found).pool][cause];
  return Outcome::had_room;
}

Growth::Outcome Growth::enlarge(const TaskNeed& need, std::optional<std::size_t> only,
                                std::vector<std::size_t>* taken, const std::string& cause) {
  why_.clear();
  for (const auto outcome : {Outcome::called_back, Outcome::bought}) {
    for (std::size_t pool = 0; pool < model_.pools().size(); ++pool) {
      if (only && *only != pool) continue;
      const auto bin = outcome == Outcome::called_back ? call_back_for(need, pool) : buy_for(need, pool);
      if (!bin) continue;
      model_.room().put(need, *bin);
      if (taken != nullptr) taken->push_back(*bin);
      ++causes_[pool][cause];
      return outcome;
    }
  }
  return Outcome::refused;
}

bool Growth::enlarge_by_one(std::size_t index) {
  PoolModel& pool = model_.pools()[index];
  if (!pool.draining.empty()) {
    model_.undrain(pool, 0);
    cursors_.clear();
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
    const auto bin = pool.draining[at].first;
    model_.room().set_open(bin, true);
    if (model_.room().fits(need, bin, true)) {
      model_.undrain(pool, at);
      cursors_.clear();
      return bin;
    }
    model_.room().set_open(bin, false);
  }
  return std::nullopt;
}

std::optional<std::size_t> Growth::buy_for(const TaskNeed& need, std::size_t index) {
  PoolModel& pool = model_.pools()[index];
  const auto refuse = [&](const std::string& why) {
    why_.push_back(fmt::format("{}: {}", pool.seen->name, why));
    return std::nullopt;
  };
  std::vector<const PoolType*> types;
  for (const auto& type : pool.seen->types)
    if (type.cpu > 0) types.push_back(&type);
  std::sort(types.begin(), types.end(), [](const PoolType* left, const PoolType* right) {
    return std::pair{left->cpu, left->memory} < std::pair{right->cpu, right->memory};
  });
  bool room = false;
  for (const PoolType* type : types) {
    const auto zone = zone_for(need, index, *type, room);
    if (!zone) continue;
    if (const auto why = forbidden(pool, type->weight)) {
      add_once(pool.decision.limits, *why);
      return refuse(*why);
    }
    return model_.buy(index, *type, *zone);
  }
  if (types.empty()) return refuse("how much its types hold is not known");
  if (room) return refuse("its instances do not meet the task's placement constraints");
  return refuse("no type holds it; " + largest_type(*pool.seen));
}

// The zone in which an instance of the type would do; nothing if in none. `room` tells whether size was no
// reason.
std::optional<std::string> Growth::zone_for(const TaskNeed& need, std::size_t index, const PoolType& type,
                                            bool& room) {
  PoolModel& pool = model_.pools()[index];
  std::vector<std::string> zones{FleetModel::next_zone(pool)};
  if (!need.constraints.empty())
    for (const auto& [zone, count] : pool.zones) zones.push_back(zone);
  for (const auto& zone : zones) {
    const Bin bin = model_.empty_bin(index, type, zone);
    if (bin.cpu < need.cpu || bin.memory < need.memory || bin.gpus < need.gpus) return std::nullopt;
    room = true;
    if (model_.room().allows(need, *bin.attributes) == Verdict::yes) return zone;
  }
  return std::nullopt;
}

std::optional<std::string> Growth::forbidden(PoolModel& pool, std::int64_t units) {
  if (!pool.delivers)
    return fmt::format("owes {} units for too long", pool.seen->target - pool.seen->fulfilled);
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
