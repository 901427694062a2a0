#include "coordinator/cluster_gauges.h"

#include <algorithm>

#include "platform/own_metrics.h"

namespace hakoban {
namespace {

double share(std::int64_t used, std::int64_t all) {
  return all > 0 ? static_cast<double>(used) / static_cast<double>(all) : 0;
}

}  // namespace

ClusterGauges::ClusterGauges(prometheus::Registry& registry)
    : instances_(gauge_family(registry, "hakoban_cluster_instances", "Container instances by state.")),
      reservation_(gauge_family(registry, "hakoban_cluster_reservation_ratio",
                                "Booked share of the ACTIVE container instances, by resource.")),
      tasks_(gauge(registry, "hakoban_cluster_tasks", "Tasks running and pending on container instances.")),
      services_(
          gauge(registry, "hakoban_cluster_services", "Services whose tasks need container instances.")),
      missing_tasks_(gauge(registry, "hakoban_cluster_missing_tasks",
                           "Tasks that services want beyond those running and pending.")),
      waiting_jobs_(gauge(registry, "hakoban_cluster_waiting_jobs",
                          "RunTasks that found no room and that their callers keep trying.")),
      pool_units_(gauge_family(registry, "hakoban_pool_units",
                               "Capacity of a pool, by what: target, fulfilled, "
                               "booting, min, max.")) {}

void ClusterGauges::show(const FleetSnapshot& snapshot) {
  if (snapshot.instances_at != TimePoint{}) show_instances(snapshot);
  std::int64_t missing = 0;
  for (const auto& service : snapshot.services)
    missing += std::max<std::int64_t>(0, service.desired - service.running - service.pending);
  services_.Set(static_cast<double>(snapshot.services.size()));
  missing_tasks_.Set(static_cast<double>(missing));
  waiting_jobs_.Set(static_cast<double>(snapshot.jobs.size()));
  for (const auto& pool : snapshot.pools) {
    const std::map<std::string, std::int64_t> units{
        {"target", pool.target},   {"fulfilled", pool.fulfilled},
        {"min", pool.min},         {"max", pool.max},
        {"leaving", pool.leaving}, {"booting", static_cast<std::int64_t>(pool.booting.size())}};
    for (const auto& [what, amount] : units)
      pool_units_.Add({{"pool", pool.name}, {"what", what}}).Set(static_cast<double>(amount));
  }
}

void ClusterGauges::show_instances(const FleetSnapshot& snapshot) {
  std::map<std::string, std::int64_t> count{
      {"active", 0}, {"draining", 0}, {"other", 0}, {"disconnected", 0}};
  std::int64_t cpu = 0;
  std::int64_t cpu_left = 0;
  std::int64_t memory = 0;
  std::int64_t memory_left = 0;
  std::int64_t tasks = 0;
  for (const auto& instance : snapshot.instances) {
    tasks += instance.tasks;
    const bool active = instance.state == InstanceState::active;
    ++count[active ? "active" : instance.state == InstanceState::draining ? "draining" : "other"];
    if (!active) continue;
    if (!instance.connected) ++count["disconnected"];
    cpu += instance.cpu;
    cpu_left += instance.cpu_left;
    memory += instance.memory;
    memory_left += instance.memory_left;
  }
  for (const auto& [state, number] : count)
    instances_.Add({{"state", state}}).Set(static_cast<double>(number));
  reservation_.Add({{"resource", "cpu"}}).Set(share(cpu - cpu_left, cpu));
  reservation_.Add({{"resource", "memory"}}).Set(share(memory - memory_left, memory));
  tasks_.Set(static_cast<double>(tasks));
}

}  // namespace hakoban
