// Who am I, what runs here: keeps the HostView current.
//
// Docker's events lead: a container that starts, ends or goes is in the view within milliseconds. What ECS
// and the load balancers add follows when they answer, is kept fresh at a low rate and kept for as long as
// they do not. None of them can delay or empty what Docker tells.
#pragma once

#include <memory>
#include <stop_token>
#include <string>

#include <prometheus/registry.h>

#include "collectors/tasks/census_config.h"
#include "core/host/host_view.h"
#include "platform/aws/ecs.h"
#include "platform/aws/elb.h"
#include "platform/clock.h"
#include "platform/docker/docker.h"
#include "platform/ecs_introspection.h"
#include "platform/imds/imds.h"
#include "platform/latest.h"
#include "platform/random.h"

namespace hakoban {

// What the census asks, and where it publishes. All must outlive it.
struct CensusPorts {
  Docker& docker;
  EcsIntrospection& agent;
  EcsDirectory& ecs;
  LoadBalancers& balancers;
  Imds& imds;
  const Clock& clock;
  Random random;
  Latest<HostView>& views;
};

class TaskCensus {
 public:
  // `own_container_id`: of platform/self_container.h; "" outside a container.
  TaskCensus(CensusPorts ports, CensusConfig config, std::string own_container_id,
             prometheus::Registry& registry);
  ~TaskCensus();

  // Until `stop`. Runs threads of its own beside the caller's: Docker's event stream, the inspecting ones,
  // the ECS agent and instance metadata, the APIs.
  void run(const std::stop_token& stop);

  // Asks the ECS agent and the APIs again now, about everything that may have changed: for a drain. Returns
  // at once; thread-safe.
  void request_refresh();

 private:
  class Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace hakoban
