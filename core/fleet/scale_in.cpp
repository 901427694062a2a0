#include "core/fleet/scale_in.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "core/fleet/scale_out.h"

namespace hakoban {
namespace {

// Hosts tried in one decision, and hosts whose tasks are asked for: the emptiest are most likely to do.
constexpr std::size_t kTries = 32;
constexpr std::size_t kLooks = 8;

struct Candidate {
  std::size_t at = 0;  // in PoolModel::working
  const FleetInstance* instance = nullptr;
  double booked = 0;
  bool waits = false;  // for tasks that end by themselves only, as far as is known
};

double booked_share(const FleetInstance& instance) {
  const auto share = [](std::int64_t whole, std::int64_t left) {
    return whole > 0 ? static_cast<double>(whole - left) / static_cast<double>(whole) : 1.0;
  };
  return std::max(share(instance.cpu, instance.cpu_left), share(instance.memory, instance.memory_left));
}

bool waits_for_tasks(const FleetInstance& instance) {
  return instance.placed && std::any_of(instance.placed->begin(), instance.placed->end(),
                                        [](const PlacedTask& task) { return !task.moves && !task.daemon; });
}

// Those that can be emptied first; of them the emptiest, then the oldest.
std::vector<Candidate> candidates_of(const PoolModel& pool) {
  std::vector<Candidate> list;
  for (std::size_t i = 0; i < pool.working.size(); ++i) {
    const FleetInstance* instance = pool.working[i].second;
    list.push_back({i, instance, booked_share(*instance), waits_for_tasks(*instance)});
  }
  std::sort(list.begin(), list.end(), [](const Candidate& left, const Candidate& right) {
    if (left.waits != right.waits) return right.waits;
    if (left.booked != right.booked) return left.booked < right.booked;
    const auto since = [](const Candidate& one) {
      return one.instance->registered_at.value_or(TimePoint::max());
    };
    if (since(left) != since(right)) return since(left) < since(right);
    return left.instance->arn < right.instance->arn;
  });
  return list;
}

std::string name_of(const FleetInstance& instance) {
  return instance.ec2_id.empty() ? instance.arn : instance.ec2_id;
}

class Shrinking {
 public:
  Shrinking(FleetModel& model, std::size_t index, FleetDecision& decision)
      : model_(model), index_(index), pool_(model.pools()[index]), decision_(decision) {}

  void run() {
    if (const auto why = reason_against()) return refuse(*why);
    std::size_t tries = 0;
    for (const auto& candidate : candidates_of(pool_)) {
      if (leaving() >= most_leaving() || tries == kTries) return;
      ++tries;
      if (const auto why = try_out(candidate))
        refuse(fmt::format("{} ({:.0f} % booked): {}", name_of(*candidate.instance), candidate.booked * 100,
                           *why));
      else
        removed_.push_back(candidate.instance);
    }
  }

 private:
  void refuse(const std::string& why) {
    constexpr std::size_t kTold = 5;
    if (pool_.decision.refused.size() < kTold) pool_.decision.refused.push_back("to shrink by " + why);
  }

  [[nodiscard]] std::int64_t leaving() const {
    return static_cast<std::int64_t>(pool_.draining.size() + removed_.size());
  }

  [[nodiscard]] std::int64_t most_leaving() const {
    const auto hosts = static_cast<double>(pool_.working.size() + pool_.draining.size());
    return std::max(pool_.policy->step_in, static_cast<std::int64_t>(pool_.policy->step_in_share * hosts));
  }

  [[nodiscard]] std::optional<std::string> reason_against() const {
    const auto now = model_.now();
    const auto& policy = *pool_.policy;
    const double cpu = pool_.decision.cpu_reservation;
    const double memory = pool_.decision.memory_reservation;
    if (pool_.working.empty()) return "one: there is none";
    if (pool_.wanted) return "one: room is wanted";
    if (!pool_.decision.undrain.empty()) return "one: hosts are called back";
    if (std::max(cpu, memory) >= policy.in_below)
      return fmt::format("one: reservation not below {:.0f} % (cpu {:.0f} %, memory {:.0f} %)",
                         policy.in_below * 100, cpu * 100, memory * 100);
    if (!pool_.seen->low_since || now - *pool_.seen->low_since < policy.in_after)
      return fmt::format("one: low for less than {}", format_duration(policy.in_after));
    for (const auto& changed : {pool_.seen->grown_at, pool_.seen->shrunk_at})
      if (changed && now - *changed < policy.in_cooldown)
        return fmt::format("one: changed less than {} ago", format_duration(policy.in_cooldown));
    if (leaving() >= most_leaving())
      return fmt::format("one: {} draining already, at most {} at once", leaving(), most_leaving());
    return std::nullopt;
  }

  // Nothing: it leaves.
  std::optional<std::string> try_out(const Candidate& candidate) {
    const FleetInstance& instance = *candidate.instance;
    const auto weight = pool_.weight_of(instance.type);
    if (instance.protected_from_scale_in) return "protected from scale-in";
    if (!instance.connected) return "its ECS agent is not connected";
    if (instance.stayed_at && model_.now() - *instance.stayed_at < model_.policy().drain_again_after)
      return "it did not empty when it drained before";
    if (pool_.remaining_target() - weight < pool_.bounds.min)
      return fmt::format("at least {} units", pool_.bounds.min);
    if (unbalances(instance)) return fmt::format("zone {} has fewer than others", instance.zone);
    if (reserves_too_much_without(instance)) return "reservation would be above the threshold to grow";
    if (instance.tasks > 0 && !instance.placed) {
      if (decision_.look_at.size() < kLooks) decision_.look_at.push_back(instance.arn);
      return "its tasks are not known yet";
    }
    const auto bin = pool_.working[candidate.at].first;
    const auto mark = model_.room().mark();
    model_.room().set_open(bin, false);
    if (auto why = move_away(instance, bin)) {
      model_.room().rollback(mark);
      model_.room().set_open(bin, true);
      return why;
    }
    take_out(instance, weight, candidate.booked);
    return std::nullopt;
  }

  std::optional<std::string> move_away(const FleetInstance& instance, std::size_t own_bin) {
    std::vector<const PlacedTask*> moving;
    if (instance.placed)
      for (const auto& task : *instance.placed)
        if (task.moves && !task.daemon) moving.push_back(&task);
    std::sort(moving.begin(), moving.end(), [](const PlacedTask* left, const PlacedTask* right) {
      return std::pair{left->need.memory, left->need.cpu} > std::pair{right->need.memory, right->need.cpu};
    });
    for (const PlacedTask* task : moving) {
      // Which other hosts have a task of the same service is not known here.
      if (task->need.distinct_instance) return "a task on it wants an instance of its own";
      if (!model_.room().place(task->need, {}, false)) return "no room elsewhere for " + task->arn;
    }
    return headroom_missing(own_bin);
  }

  std::optional<std::string> headroom_missing(std::size_t own_bin) {
    const auto& headroom = pool_.bounds.headroom;
    const Capacity rise = wanted_for_rise(pool_);
    const Capacity now_free = model_.free_in(pool_);
    if (now_free.cpu < rise.cpu || now_free.memory < rise.memory)
      return "demand rose from this time on, an hour or a day ago";
    if (headroom.kind == HeadroomKind::largest_task) return largest_missing();
    Capacity all = pool_.registered;
    for (const auto& [bin, instance] : pool_.working) {
      if (bin != own_bin) continue;
      all.cpu -= instance->cpu;
      all.memory -= instance->memory;
    }
    const Capacity wanted = wanted_free(pool_, all);
    const Capacity free = model_.free_in(pool_);
    if (free.cpu < wanted.cpu || free.memory < wanted.memory) return "headroom would be missing";
    return std::nullopt;
  }

  std::optional<std::string> largest_missing() {
    const TaskNeed* largest = largest_need(model_, index_);
    const auto mark = model_.room().mark();
    bool missing = false;
    for (double n = pool_.bounds.headroom.amount; largest != nullptr && n >= 1 && !missing; --n)
      missing = !model_.room().place(*largest, index_, false);
    model_.room().rollback(mark);
    if (missing) return "no headroom for the largest task";
    return std::nullopt;
  }

  [[nodiscard]] bool unbalances(const FleetInstance& instance) const {
    if (pool_.policy->zone_difference <= 0) return false;
    std::int64_t most = 0;
    for (const auto& [zone, count] : pool_.zones) most = std::max(most, count);
    return most - (pool_.zones.at(instance.zone) - 1) > pool_.policy->zone_difference;
  }

  // Its tasks move within the pool, or so one must fear.
  [[nodiscard]] bool reserves_too_much_without(const FleetInstance& instance) const {
    const Capacity free = model_.free_in(pool_);
    const auto above = [&](std::int64_t left, std::int64_t whole, std::int64_t gone) {
      return static_cast<double>(whole - left) > pool_.policy->out_above * static_cast<double>(whole - gone);
    };
    return above(free.cpu, pool_.registered.cpu, instance.cpu) ||
           above(free.memory, pool_.registered.memory, instance.memory);
  }

  void take_out(const FleetInstance& instance, std::int64_t weight, double booked) {
    pool_.leaving += weight;
    --pool_.zones[instance.zone];
    pool_.registered.cpu -= instance.cpu;
    pool_.registered.memory -= instance.memory;
    pool_.decision.drain.push_back(instance.arn);
    pool_.decision.reasons.push_back(
        fmt::format("{} of {} can go ({:.0f} % booked, {} tasks): reservation below {:.0f} % since {}",
                    name_of(instance), pool_.working.size(), booked * 100, instance.tasks,
                    pool_.policy->in_below * 100, format_rfc3339(*pool_.seen->low_since)));
  }

  FleetModel& model_;
  const std::size_t index_;
  PoolModel& pool_;
  FleetDecision& decision_;
  std::vector<const FleetInstance*> removed_;
};

}  // namespace

void end_drains(FleetModel& model, bool terminate) {
  for (auto& pool : model.pools()) {
    for (std::size_t i = pool.draining.size(); i-- > 0;) {
      const FleetInstance& instance = *pool.draining[i].second;
      if (instance.tasks == 0) {
        if (!terminate) continue;
        pool.decision.terminate.push_back(instance.arn);
        pool.decision.reasons.push_back(fmt::format("{} is empty", name_of(instance)));
      } else if (instance.connected && model.now() - *instance.drained_at >= model.policy().drain_timeout) {
        pool.decision.reasons.push_back(fmt::format("{} has not emptied in {}", name_of(instance),
                                                    format_duration(model.policy().drain_timeout)));
        pool.decision.gave_up.push_back(instance.arn);
        model.undrain(pool, i);
      }
    }
  }
}

void scale_in(FleetModel& model, FleetDecision& decision) {
  // What is still on its way may never come, and a host whose agent is gone may be lost: no host leaves
  // because of their room.
  for (const auto& pool : model.pools()) {
    for (const auto bin : pool.coming_bins) model.room().set_open(bin, false);
    for (const auto& [bin, instance] : pool.working)
      if (!instance->connected) model.room().set_open(bin, false);
  }
  for (std::size_t i = 0; i < model.pools().size(); ++i) Shrinking{model, i, decision}.run();
}

}  // namespace hakoban
