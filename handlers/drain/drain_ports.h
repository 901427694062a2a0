// What the drainer works on and with.
#pragma once

#include <functional>

#include "core/host/host_view.h"
#include "core/logs/log_flush.h"
#include "platform/aws/classic_elb.h"
#include "platform/aws/ecs.h"
#include "platform/aws/elb.h"
#include "platform/aws/instance_lifecycle.h"
#include "platform/aws/service_discovery.h"
#include "platform/aws/task_protection.h"
#include "platform/clock.h"
#include "platform/docker/docker.h"
#include "platform/latest.h"

namespace hakoban {

// All must outlive the drainer.
struct DrainPorts {
  const Clock& clock;
  const Latest<HostView>& views;
  EcsControl& ecs;
  TaskProtection& protection;
  LoadBalancers& balancers;
  ClassicBalancers& classic;
  ServiceDiscovery& discovery;
  InstanceLifecycle& lifecycle;
  Docker& docker;
  LogFlush& logs;
  // Asks for fresher views; returns at once.
  std::function<void()> refresh_views;
};

}  // namespace hakoban
