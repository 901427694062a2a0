#include "agent/shared_drain.h"

#include <utility>

#include "platform/log.h"

namespace hakoban {

SharedDrain::SharedDrain(DrainDeskConfig desk, HttpClient& http, const Clock& clock,
                         prometheus::Registry& registry, EcsControl& ecs, LoadBalancers& balancers)
    : desk_(http, std::move(desk)),
      calls_(desk_, clock, registry),
      ecs_(calls_, ecs),
      balancers_(calls_, balancers) {}

std::unique_ptr<SharedDrain> SharedDrain::make(const SharedDrainSettings& settings, HttpClient& http,
                                               const Clock& clock, prometheus::Registry& registry,
                                               EcsControl& ecs, LoadBalancers& balancers) {
  if (settings.coordinator.empty()) return nullptr;
  const auto token = read_desk_token(settings.token_file);
  if (!token) {
    log::warn("the coordinator will carry no calls of a drain out: no token",
              {{"setting", "drain.coordinator_token_file"}, {"error", token.error()}});
    return nullptr;
  }
  DrainDeskConfig desk;
  desk.url = settings.coordinator;
  while (desk.url.ends_with('/')) desk.url.pop_back();
  desk.token = *token;
  return std::unique_ptr<SharedDrain>{
      new SharedDrain{std::move(desk), http, clock, registry, ecs, balancers}};
}

}  // namespace hakoban
