#include "core/fleet/scale_out.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "core/fleet/growth.h"

namespace hakoban {
namespace {

constexpr std::size_t kRefusalsTold = 20;
constexpr Duration kLate = 2s;  // that a word of a waiting job may come too late

void refuse(FleetDecision& decision, const std::string& what, const std::string& why) {
  ++decision.without_room;
  if (decision.refused.size() < kRefusalsTold) decision.refused.push_back(fmt::format("{}: {}", what, why));
}

std::string size_of(const TaskNeed& need) {
  return fmt::format("{} cpu, {} MiB{}", need.cpu, need.memory,
                     need.gpus > 0 ? fmt::format(", {} gpus", need.gpus) : "");
}

// Tasks on instances whose number of the service we do not know: at most so many more find an instance of
// their own.
std::int64_t distinct_places(const FleetService& service, FleetModel& model) {
  std::int64_t places = 0;
  for (std::size_t i = 0; i < model.room().size(); ++i) {
    const Bin& bin = model.room().bin(i);
    if (bin.open && model.room().allows(*service.need, *bin.attributes) != Verdict::no) ++places;
  }
  return std::max<std::int64_t>(0, places - service.running - service.pending);
}

double share_booked(std::int64_t registered, std::int64_t left) {
  return registered > 0 ? static_cast<double>(registered - left) / static_cast<double>(registered) : 0;
}

class Demands {
 public:
  Demands(FleetModel& model, FleetDecision& decision) : model_(model), decision_(decision), growth_(model) {}

  void meet_all() {
    const auto& snapshot = model_.snapshot();
    if (model_.now() - snapshot.services_at < model_.policy().stale_after)
      for (const auto& service : snapshot.services) meet_service(service);
    for (const auto& job : snapshot.jobs)
      if (!overdue(job)) meet_job(job);
    for (const auto& job : snapshot.jobs)
      if (overdue(job)) keep_room_for(job);
    // A job that has room may be placed by now, and booked already: it counts as reserved when it is seen so.
    for (const auto& [bin, need] : on_hosts_) model_.room().give_back(*need, bin);
    for (auto& pool : model_.pools()) model_.count_replacements(pool);
    growth_.look_anew();
    for (std::size_t pool = 0; pool < model_.pools().size(); ++pool) {
      meet_reservation(pool);
      meet_headroom(pool);
      meet_rise(pool);
      meet_minimum(pool);
    }
    for (const auto& [bin, need] : on_hosts_) model_.room().put(*need, bin);
    growth_.tell_reasons();
  }

 private:
  void meet_service(const FleetService& service) {
    const auto missing = service.desired - service.running - service.pending;
    if (service.daemon || missing <= 0 || !service.short_since) return;
    const bool told = service.placement_failed;
    if (!told && model_.now() - *service.short_since < model_.policy().short_grace) return;
    decision_.short_tasks += missing;
    const std::string name = service_name(service);
    if (!service.need) return refuse(decision_, name, "its task definition is not known");
    std::vector<std::size_t> taken;
    const bool distinct = service.need->distinct_instance;
    auto places = distinct ? distinct_places(service, model_) : missing;
    const Demand demand{*service.need, {}, distinct ? &taken : nullptr, name, service.short_since};
    std::int64_t on_hosts = 0;
    for (std::int64_t i = 0; i < missing; ++i) {
      const auto outcome = places-- > 0 ? growth_.meet(demand) : growth_.enlarge(demand);
      if (outcome == Growth::Outcome::had_room && model_.is_host(growth_.last_bin())) ++on_hosts;
      if (outcome != Growth::Outcome::refused) continue;
      refuse(decision_,
             fmt::format("{} of {} tasks of {} ({})", missing - i, missing, name, size_of(*service.need)),
             growth_.why_refused());
      decision_.without_room += missing - i - 1;
      return;
    }
    if (told && on_hosts == missing) beside_room(name, demand, service.room_since);
  }

  // Its caller tried again since, so that it most likely runs.
  [[nodiscard]] bool overdue(const WaitingJob& job) const {
    return model_.now() - job.last_heard >= job.every + kLate;
  }

  void meet_job(const WaitingJob& job) {
    ++decision_.waiting_jobs;
    std::optional<std::size_t> only;
    if (!job.pool.empty()) {
      only = pool_named(job.pool);
      if (!only) return refuse(decision_, job_name(job), "asks for " + job.pool + ", which is none of ours");
    }
    const Demand demand{job.need, only, nullptr, "waiting jobs", job.first_heard};
    const auto outcome = growth_.meet(demand);
    if (outcome == Growth::Outcome::refused)
      refuse(decision_, fmt::format("{} ({})", job_name(job), size_of(job.need)), growth_.why_refused());
    if (outcome != Growth::Outcome::had_room || !model_.is_host(growth_.last_bin())) return;
    on_hosts_.emplace_back(growth_.last_bin(), &job.need);
    beside_room(job_name(job), demand, job.room_since);
  }

  // Should it wait after all, it has not lost its place to a host that leaves.
  void keep_room_for(const WaitingJob& job) {
    if (model_.now() - job.last_heard >= model_.policy().job_silence) return;
    const auto only = job.pool.empty() ? std::nullopt : pool_named(job.pool);
    if (!job.pool.empty() && !only) return;
    if (const auto bin = growth_.fit(job.need, only)) on_hosts_.emplace_back(*bin, &job.need);
  }

  [[nodiscard]] std::optional<std::size_t> pool_named(const std::string& name) const {
    const auto& pools = model_.pools();
    const auto found = std::find_if(pools.begin(), pools.end(),
                                    [&](const PoolModel& pool) { return pool.seen->name == name; });
    if (found == pools.end()) return std::nullopt;
    return static_cast<std::size_t>(found - pools.begin());
  }

  // What ECS fails again and again although there seems to be room needs more than we were told: a port, a
  // network interface. One empty host is made sure of; where even that does not help, more would not.
  void beside_room(const std::string& name, const Demand& demand, std::optional<TimePoint> since) {
    decision_.beside_room.push_back(name);
    if (!since || model_.now() - *since < model_.policy().stuck_after) return;
    if (!growth_.empty_place_for(demand.need, demand.pool) &&
        growth_.enlarge({demand.need, demand.pool, nullptr, name + " (for which room does not do)",
                         demand.since}) != Growth::Outcome::refused)
      return;
    refuse(decision_, name,
           "ECS does not place it although there is room for all that is known of it; an empty host is there "
           "or cannot be had");
    --decision_.without_room;
  }

  struct Shares {
    double cpu = 0;
    double memory = 0;
  };

  // With all that was placed, and all that comes.
  [[nodiscard]] Shares booked(const PoolModel& pool) const {
    const Capacity free = model_.free_in(pool);
    return {share_booked(pool.registered.cpu + pool.coming.cpu, free.cpu),
            share_booked(pool.registered.memory + pool.coming.memory, free.memory)};
  }

  // After what was placed above, so that nothing is bought twice.
  void meet_reservation(std::size_t index) {
    const PoolModel& pool = model_.pools()[index];
    const double most = pool.policy->out_above;
    const Shares before = booked(pool);
    const auto is_short = [&] {
      const Shares now = booked(pool);
      return std::max(now.cpu, now.memory) > most;
    };
    grow_until(index, is_short, [&] {
      return fmt::format("reservation above {:.0f} % (cpu {:.0f} %, memory {:.0f} %)", most * 100,
                         before.cpu * 100, before.memory * 100);
    });
  }

  void meet_headroom(std::size_t index) {
    PoolModel& pool = model_.pools()[index];
    const auto& headroom = pool.bounds.headroom;
    if (headroom.amount <= 0) return;
    if (headroom.kind == HeadroomKind::largest_task) return meet_largest(index);
    grow_until(
        index,
        [&] {
          const Capacity all{pool.registered.cpu + pool.coming.cpu,
                             pool.registered.memory + pool.coming.memory};
          const Capacity wanted = wanted_free(pool, all);
          const Capacity free = model_.free_in(pool);
          return free.cpu < wanted.cpu || free.memory < wanted.memory;
        },
        [&] {
          return headroom.kind == HeadroomKind::percentage
                     ? fmt::format("headroom of {} % not there", headroom.amount)
                     : fmt::format("headroom of {} instances not there", headroom.amount);
        });
  }

  // Only tried: the room stays for tasks to come.
  void meet_largest(std::size_t index) {
    const TaskNeed* largest = largest_need(model_, index);
    const auto mark = model_.room().mark();
    for (double n = model_.pools()[index].bounds.headroom.amount; largest != nullptr && n >= 1; --n) {
      const auto outcome = growth_.meet({*largest, index, nullptr, "the largest task (headroom)"});
      if (outcome != Growth::Outcome::refused) continue;
      model_.pools()[index].decision.refused.push_back("headroom: " + growth_.why_refused());
      break;
    }
    model_.room().rollback(mark);
  }

  // It has its place before it comes.
  void meet_rise(std::size_t index) {
    PoolModel& pool = model_.pools()[index];
    const Capacity wanted = wanted_for_rise(pool);
    grow_until(
        index,
        [&] {
          const Capacity free = model_.free_in(pool);
          return free.cpu < wanted.cpu || free.memory < wanted.memory;
        },
        [&] {
          return fmt::format("demand rose by {} cpu and {} MiB from this time on, an hour or a day ago",
                             pool.seen->rise_cpu, pool.seen->rise_memory);
        });
  }

  void meet_minimum(std::size_t index) {
    PoolModel& pool = model_.pools()[index];
    grow_until(
        index, [&] { return pool.remaining_target() < pool.bounds.min; },
        [&] { return fmt::format("at least {} units", pool.bounds.min); });
  }

  template <class Short, class Tell>
  void grow_until(std::size_t pool, Short is_short, Tell tell) {
    bool grew = false;
    while (is_short()) {
      model_.pools()[pool].wanted = true;
      if (!growth_.enlarge_by_one(pool)) {
        if (!grew) model_.pools()[pool].decision.refused.push_back("to grow for: " + tell());
        break;
      }
      grew = true;
    }
    if (grew) model_.pools()[pool].decision.reasons.push_back(tell());
  }

  FleetModel& model_;
  FleetDecision& decision_;
  Growth growth_;
  std::vector<std::pair<std::size_t, const TaskNeed*>> on_hosts_;  // jobs that have room at hosts at work
};

}  // namespace

void scale_out(FleetModel& model, FleetDecision& decision) {
  Demands{model, decision}.meet_all();
}

double cpu_reservation(const PoolModel& pool) {
  std::int64_t left = 0;
  for (const auto& [bin, instance] : pool.working) left += instance->cpu_left;
  return share_booked(pool.registered.cpu, left);
}

double memory_reservation(const PoolModel& pool) {
  std::int64_t left = 0;
  for (const auto& [bin, instance] : pool.working) left += instance->memory_left;
  return share_booked(pool.registered.memory, left);
}

Capacity wanted_free(const PoolModel& pool, const Capacity& capacity) {
  const auto& headroom = pool.bounds.headroom;
  const auto part = [](double share, std::int64_t of) {
    return static_cast<std::int64_t>(std::ceil(share * static_cast<double>(of)));
  };
  switch (headroom.kind) {
    case HeadroomKind::percentage:
      return {part(headroom.amount / 100, capacity.cpu), part(headroom.amount / 100, capacity.memory)};
    case HeadroomKind::instances:
      if (pool.smallest == nullptr) return {};
      return {part(headroom.amount, pool.smallest->cpu), part(headroom.amount, pool.smallest->memory)};
    case HeadroomKind::largest_task:
      return {};
  }
  return {};
}

Capacity wanted_for_rise(const PoolModel& pool) {
  constexpr double kScraps = 1.1;  // room in small pieces does not all serve
  const auto with_scraps = [](std::int64_t sum) {
    return static_cast<std::int64_t>(kScraps * static_cast<double>(std::max<std::int64_t>(0, sum)));
  };
  return {with_scraps(pool.seen->rise_cpu), with_scraps(pool.seen->rise_memory)};
}

const TaskNeed* largest_need(FleetModel& model, std::size_t pool) {
  std::vector<Bin> bins;
  for (const auto& type : model.pools()[pool].seen->types)
    if (type.cpu > 0 && type.memory > 0)
      bins.push_back(model.empty_bin(pool, type, FleetModel::next_zone(model.pools()[pool])));
  const auto holds = [&](const TaskNeed& need) {
    return std::any_of(bins.begin(), bins.end(), [&](const Bin& bin) {
      return Placement::holds(need, bin) && Placement::has_ports(need, bin) &&
             model.room().allows(need, *bin.attributes) == Verdict::yes;
    });
  };
  const TaskNeed* largest = nullptr;
  const auto look = [&](const TaskNeed& need) {
    if (largest != nullptr && std::pair{largest->memory, largest->cpu} >= std::pair{need.memory, need.cpu})
      return;
    if (holds(need)) largest = &need;
  };
  for (const auto& service : model.snapshot().services)
    if (service.need && !service.daemon && service.desired > 0) look(*service.need);
  for (const auto& job : model.snapshot().jobs)
    if (job.pool.empty() || job.pool == model.pools()[pool].seen->name) look(job.need);
  return largest;
}

}  // namespace hakoban
