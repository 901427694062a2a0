#include "coordinator/service_observer.h"

#include <algorithm>
#include <utility>

#include "platform/log.h"

namespace hakoban {

ServiceObserver::ServiceObserver(ServiceObserverPorts ports, std::string cluster, Duration interval,
                                 prometheus::Registry& registry)
    : at_(ports),
      cluster_(std::move(cluster)),
      interval_(interval),
      log_("services", at_.board, at_.clock, registry) {}

void ServiceObserver::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    look_at_all(stop);
    const SteadyPoint next = at_.clock.steady() + interval_;
    for (Duration left = interval_; left > Duration::zero() && !stop.stop_requested();
         left = next - at_.clock.steady()) {
      const auto names = at_.board.take_services_asked_about(left, stop);
      if (!names.empty()) look_at(names, stop);
    }
  }
}

void ServiceObserver::look_at_all(const std::stop_token& stop) {
  const TimePoint began = at_.clock.now();
  const SteadyPoint steady = at_.clock.steady();
  auto services = at_.ecs.services(cluster_, 0, stop);
  if (!services) return log_.failed(services.error());
  auto seen_services = with_needs(std::move(*services), stop);
  at_.board.change([&](FleetSightings& seen) {
    seen.services = std::move(seen_services);
    seen.services_at = began;
  });
  log_.went_well(at_.clock.steady() - steady);
}

void ServiceObserver::look_at(const std::vector<std::string>& names, const std::stop_token& stop) {
  auto services = at_.ecs.services_named(cluster_, names, 0, stop);
  if (!services) {
    if (services.error().code != Errc::cancelled)
      log::warn("services without room not seen", {{"error", services.error()}});
    return;
  }
  auto fresh = with_needs(std::move(*services), stop);
  at_.board.change([&](FleetSightings& seen) {
    for (auto& service : fresh) {
      const auto known =
          std::find_if(seen.services.begin(), seen.services.end(),
                       [&](const SeenService& one) { return one.status.name == service.status.name; });
      if (known != seen.services.end()) {
        *known = std::move(service);
      } else {
        seen.services.push_back(std::move(service));
      }
    }
  });
}

std::vector<SeenService> ServiceObserver::with_needs(std::vector<EcsServiceStatus> services,
                                                     const std::stop_token& stop) {
  std::vector<SeenService> seen;
  seen.reserve(services.size());
  for (auto& status : services) {
    std::optional<TaskNeed> need;
    if (status.status == "ACTIVE" && status.on_instances())
      need = at_.needs.need_of(status.task_definition_arn, stop);
    seen.push_back({std::move(status), std::move(need)});
  }
  return seen;
}

}  // namespace hakoban
