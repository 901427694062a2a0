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
    const SteadyPoint next = at_.clock.steady() + interval_;
    look_at_all(stop);
    learn_needs(next, stop);
    for (Duration left = next - at_.clock.steady(); left > Duration::zero() && !stop.stop_requested();
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
  auto seen_services = with_needs(std::move(*services), began);
  at_.board.change([&](FleetSightings& seen) {
    seen.services = std::move(seen_services);
    seen.services_at = began;
  });
  log_.went_well(at_.clock.steady() - steady);
}

void ServiceObserver::look_at(const std::vector<std::string>& names, const std::stop_token& stop) {
  const TimePoint began = at_.clock.now();
  auto services = at_.ecs.services_named(cluster_, names, 0, stop);
  if (!services) {
    if (services.error().code != Errc::cancelled)
      log::warn("services without room not seen", {{"error", services.error()}});
    return;
  }
  auto fresh = with_needs(std::move(*services), began);
  for (auto& service : fresh)
    if (!service.need) service.need = at_.needs.need_of(service.status.task_definition_arn, stop);
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

std::vector<SeenService> ServiceObserver::with_needs(std::vector<EcsServiceStatus> services, TimePoint at) {
  std::vector<SeenService> seen;
  seen.reserve(services.size());
  for (auto& status : services) {
    auto need = at_.needs.known(status.task_definition_arn);
    seen.push_back({std::move(status), std::move(need), at});
  }
  return seen;
}

void ServiceObserver::learn_needs(SteadyPoint until, const std::stop_token& stop) {
  std::vector<std::pair<bool, std::string>> unknown;  // short of tasks, definition
  for (const auto& service : at_.board.sightings(Duration::max()).services) {
    const auto& status = service.status;
    if (service.need || status.status != "ACTIVE" || !status.on_instances()) continue;
    unknown.emplace_back(status.desired > status.running + status.pending, status.task_definition_arn);
  }
  std::stable_sort(unknown.begin(), unknown.end(),
                   [](const auto& left, const auto& right) { return left.first && !right.first; });
  for (const auto& [is_short, definition] : unknown) {
    const auto need = at_.needs.need_of(definition, stop);
    if (need)
      at_.board.change(
          [&need, &arn = definition](FleetSightings& seen) {
            for (auto& service : seen.services)
              if (service.status.task_definition_arn == arn) service.need = need;
          },
          is_short);
    if (stop.stop_requested() || at_.clock.steady() >= until) return;
  }
}

}  // namespace hakoban
