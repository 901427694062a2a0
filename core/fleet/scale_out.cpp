#include "core/fleet/scale_out.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "core/fleet/growth.h"

namespace hakoban {
namespace {

constexpr std::size_t kRefusalsTold = 20;

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

  bool meet_all() {
    const auto& snapshot = model_.snapshot();
    if (model_.now() - snapshot.services_at < model_.policy().stale_after)
      for (const auto& service : snapshot.services) meet_service(service);
    for (const auto& job : snapshot.jobs) meet_job(job);
    for (std::size_t pool = 0; pool < model_.pools().size(); ++pool) {
      meet_reservation(pool);
      meet_headroom(pool);
      meet_minimum(pool);
    }
    growth_.tell_reasons();
    return wanted_;
  }

 private:
  void meet_service(const FleetService& service) {
    const auto missing = service.desired - service.running - service.pending;
    if (service.daemon || missing <= 0 || !service.short_since) return;
    if (model_.now() - *service.short_since < model_.policy().short_grace) return;
    decision_.short_tasks += missing;
    const std::string name = "service " + service.name;
    if (!service.need) return refuse(decision_, name, "its task definition is not known");
    std::vector<std::size_t> taken;
    auto places = service.need->distinct_instance ? distinct_places(service, model_) : missing;
    for (std::int64_t i = 0; i < missing; ++i) {
      auto* distinct = service.need->distinct_instance ? &taken : nullptr;
      const auto outcome = places-- > 0 ? growth_.meet(*service.need, {}, distinct, name)
                                        : growth_.enlarge(*service.need, {}, distinct, name);
      if (outcome != Growth::Outcome::had_room) wanted_ = true;
      if (outcome != Growth::Outcome::refused) continue;
      refuse(decision_,
             fmt::format("{} of {} tasks of {} ({})", missing - i, missing, name, size_of(*service.need)),
             growth_.why_refused());
      decision_.without_room += missing - i - 1;
      return;
    }
  }

  void meet_job(const WaitingJob& job) {
    if (model_.now() - job.last_heard >= model_.policy().job_silence) return;
    ++decision_.waiting_jobs;
    std::optional<std::size_t> only;
    if (!job.pool.empty()) {
      const auto& pools = model_.pools();
      const auto found = std::find_if(pools.begin(), pools.end(),
                                      [&](const PoolModel& pool) { return pool.seen->name == job.pool; });
      if (found == pools.end()) {
        wanted_ = true;
        return refuse(decision_, "job " + job.id, "asks for " + job.pool + ", which is none of ours");
      }
      only = static_cast<std::size_t>(found - pools.begin());
    }
    const auto outcome = growth_.meet(job.need, only, nullptr, "waiting jobs");
    if (outcome != Growth::Outcome::had_room) wanted_ = true;
    if (outcome == Growth::Outcome::refused)
      refuse(decision_, fmt::format("job {} ({})", job.id, size_of(job.need)), growth_.why_refused());
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
    const TaskNeed* largest = largest_need(model_.snapshot());
    const auto mark = model_.room().mark();
    for (double n = model_.pools()[index].bounds.headroom.amount; largest != nullptr && n >= 1; --n) {
      const auto outcome = growth_.meet(*largest, index, nullptr, "the largest task (headroom)");
      if (outcome == Growth::Outcome::had_room) continue;
      wanted_ = true;
      if (outcome != Growth::Outcome::refused) continue;
      model_.pools()[index].decision.refused.push_back("headroom: " + growth_.why_refused());
      break;
    }
    model_.room().rollback(mark);
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
      wanted_ = true;
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
  bool wanted_ = false;
};

}  // namespace

bool scale_out(FleetModel& model, FleetDecision& decision) {
  return Demands{model, decision}.meet_all();
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

const TaskNeed* largest_need(const FleetSnapshot& snapshot) {
  const TaskNeed* largest = nullptr;
  const auto look = [&](const TaskNeed& need) {
    if (largest == nullptr || std::pair{largest->memory, largest->cpu} < std::pair{need.memory, need.cpu})
      largest = &need;
  };
  for (const auto& service : snapshot.services)
    if (service.need && !service.daemon && service.desired > 0) look(*service.need);
  for (const auto& job : snapshot.jobs) look(job.need);
  return largest;
}

}  // namespace hakoban
