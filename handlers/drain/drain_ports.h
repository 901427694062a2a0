// What the drainer works on and with.
#pragma once

#include "core/host/host_view.h"
#include "core/logs/log_flush.h"
#include "platform/aws/ecs.h"
#include "platform/aws/elb.h"
#include "platform/clock.h"
#include "platform/docker/docker.h"
#include "platform/latest.h"

namespace hakoban {

// All must outlive the drainer.
struct DrainPorts {
  const Clock& clock;
  const Latest<HostView>& views;
  EcsControl& ecs;
  LoadBalancers& balancers;
  Docker& docker;
  LogFlush& logs;
};

}  // namespace hakoban
