// A drain's calls by way of the coordinator, wired.
#pragma once

#include <memory>
#include <string>

#include "handlers/drain/shared_calls.h"
#include "platform/drain_desk.h"

namespace hakoban {

struct SharedDrainSettings {
  std::string coordinator;  // URL; "": every call goes to AWS directly
  std::string token_file;
};

class SharedDrain {
 public:
  // Null where no coordinator is set. A token that cannot be read is logged and costs the coordinator's help
  // only. All must outlive it.
  [[nodiscard]] static std::unique_ptr<SharedDrain> make(const SharedDrainSettings& settings,
                                                         HttpClient& http, const Clock& clock,
                                                         prometheus::Registry& registry, EcsControl& ecs,
                                                         LoadBalancers& balancers);

  [[nodiscard]] EcsControl& ecs() { return ecs_; }
  [[nodiscard]] LoadBalancers& balancers() { return balancers_; }

 private:
  SharedDrain(DrainDeskConfig desk, HttpClient& http, const Clock& clock, prometheus::Registry& registry,
              EcsControl& ecs, LoadBalancers& balancers);

  DrainDeskClient desk_;
  SharedCalls calls_;
  SharedEcsControl ecs_;
  SharedLoadBalancers balancers_;
};

}  // namespace hakoban
