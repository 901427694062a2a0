#include "coordinator/cluster_summary.h"

#include <algorithm>

namespace hakoban {
namespace {

double share(std::int64_t used, std::int64_t all) {
  return all > 0 ? static_cast<double>(used) / static_cast<double>(all) : 0;
}

void count_instances(const std::vector<EcsInstance>& instances, ClusterSummary& summary) {
  std::int64_t cpu = 0;
  std::int64_t cpu_used = 0;
  std::int64_t memory = 0;
  std::int64_t memory_used = 0;
  for (const auto& instance : instances) {
    summary.running_tasks += instance.running_tasks;
    summary.pending_tasks += instance.pending_tasks;
    if (instance.status == "DRAINING") ++summary.draining;
    if (instance.status != "ACTIVE" && instance.status != "DRAINING") ++summary.other;
    if (instance.status != "ACTIVE") continue;
    ++summary.active;
    if (!instance.agent_connected) ++summary.disconnected;
    cpu += instance.registered.cpu_units;
    cpu_used += instance.registered.cpu_units - instance.remaining.cpu_units;
    memory += instance.registered.memory_mib;
    memory_used += instance.registered.memory_mib - instance.remaining.memory_mib;
  }
  summary.cpu_reservation = share(cpu_used, cpu);
  summary.memory_reservation = share(memory_used, memory);
}

void count_services(const std::vector<EcsServiceStatus>& services, ClusterSummary& summary) {
  for (const auto& service : services) {
    if (service.status != "ACTIVE") continue;
    ++summary.services;
    const auto missing = service.desired - service.running - service.pending;
    if (missing <= 0) continue;
    summary.short_services.push_back(
        {service.name, missing, service.events.empty() ? "" : service.events.front().message});
  }
  std::sort(summary.short_services.begin(), summary.short_services.end(),
            [](const ShortService& left, const ShortService& right) { return left.name < right.name; });
}

}  // namespace

ClusterSummary summarize(const std::vector<EcsInstance>& instances,
                         const std::vector<EcsServiceStatus>& services) {
  ClusterSummary summary;
  count_instances(instances, summary);
  count_services(services, summary);
  return summary;
}

}  // namespace hakoban
