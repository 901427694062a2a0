#include "coordinator/cluster_observer.h"

#include <fmt/format.h>

#include "platform/log.h"
#include "platform/own_metrics.h"

namespace hakoban {

ClusterObserver::ClusterObserver(EcsFleet& fleet, const Clock& clock, prometheus::Registry& registry,
                                 ObserverConfig config)
    : fleet_(fleet),
      clock_(clock),
      config_(std::move(config)),
      observations_(
          counter(registry, "hakoban_cluster_observations_total", "Looks at the cluster that succeeded.")),
      failures_(counter(registry, "hakoban_cluster_observation_failures_total",
                        "Looks at the cluster that failed.")),
      observed_at_(gauge_family(registry, "hakoban_cluster_observed_timestamp_seconds",
                                "When the cluster was last seen whole, seconds since 1970.")
                       .Add({})),
      instances_(gauge_family(registry, "hakoban_cluster_instances", "Container instances by state.")),
      reservation_(gauge_family(registry, "hakoban_cluster_reservation_ratio",
                                "Booked share of the ACTIVE container instances, by resource.")),
      missing_tasks_(gauge_family(registry, "hakoban_cluster_missing_tasks",
                                  "Tasks that services want beyond those running and pending.")
                         .Add({})) {}

void ClusterObserver::run(const std::stop_token& stop) {
  do {
    observe(stop);
  } while (clock_.sleep(config_.interval, stop));
}

void ClusterObserver::observe(const std::stop_token& stop) {
  const auto seen = look(stop);
  if (!seen) {
    if (seen.error().code == Errc::cancelled) return;
    failures_.Increment();
    if (seen.error().what != last_failure_) log::error("cluster not seen", {{"error", seen.error()}});
    last_failure_ = seen.error().what;
    return;
  }
  if (!last_failure_.empty()) log::info("cluster seen again", {{"cluster", config_.cluster}});
  last_failure_.clear();
  observations_.Increment();
  observed_at_.Set(as_seconds(clock_.now().time_since_epoch()));
  if (last_ != *seen) tell(*seen);
  last_ = *seen;
}

Result<ClusterSummary> ClusterObserver::look(const std::stop_token& stop) {
  const auto context = fmt::format("observing cluster {}", config_.cluster);
  const auto instances = fleet_.instances(config_.cluster, stop);
  if (!instances) return instances.error().within(context);
  const auto services = fleet_.services(config_.cluster, 1, stop);
  if (!services) return services.error().within(context);
  return summarize(*instances, *services);
}

void ClusterObserver::tell(const ClusterSummary& summary) {
  instances_.Add({{"state", "active"}}).Set(static_cast<double>(summary.active));
  instances_.Add({{"state", "draining"}}).Set(static_cast<double>(summary.draining));
  instances_.Add({{"state", "other"}}).Set(static_cast<double>(summary.other));
  instances_.Add({{"state", "disconnected"}}).Set(static_cast<double>(summary.disconnected));
  reservation_.Add({{"resource", "cpu"}}).Set(summary.cpu_reservation);
  reservation_.Add({{"resource", "memory"}}).Set(summary.memory_reservation);
  std::int64_t missing = 0;
  for (const auto& service : summary.short_services) missing += service.missing;
  missing_tasks_.Set(static_cast<double>(missing));

  log::info("cluster", {{"cluster", config_.cluster},
                        {"active", summary.active},
                        {"draining", summary.draining},
                        {"other", summary.other},
                        {"disconnected", summary.disconnected},
                        {"running_tasks", summary.running_tasks},
                        {"pending_tasks", summary.pending_tasks},
                        {"cpu_reservation", fmt::format("{:.3f}", summary.cpu_reservation)},
                        {"memory_reservation", fmt::format("{:.3f}", summary.memory_reservation)},
                        {"services", summary.services},
                        {"missing_tasks", missing}});
  for (const auto& service : summary.short_services) {
    log::info("service is short of tasks",
              {{"service", service.name}, {"missing", service.missing}, {"last_event", service.last_event}});
  }
}

}  // namespace hakoban
