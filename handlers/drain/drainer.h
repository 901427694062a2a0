// Takes the host out of service when a notice comes. The deciding is in core/termination/drain_machine.h;
// this carries it out.
#pragma once

#include <cstdint>
#include <memory>
#include <stop_token>

#include <prometheus/registry.h>

#include "core/host/host_view.h"
#include "core/logs/log_flush.h"
#include "core/termination/notice.h"
#include "handlers/drain/drain_config.h"
#include "platform/aws/ecs.h"
#include "platform/aws/elb.h"
#include "platform/clock.h"
#include "platform/docker/docker.h"
#include "platform/latest.h"
#include "platform/queue.h"

namespace hakoban {

// What the drainer works on and with. All must outlive it.
struct DrainPorts {
  const Clock& clock;
  const Latest<HostView>& views;
  EcsControl& ecs;
  LoadBalancers& balancers;
  Docker& docker;
  LogFlush& logs;
};

// One thread calls run(). A spot interruption starts a drain; other kinds of notice have no policy yet and
// are logged. After a drain the instance stays DRAINING and logs go on being shipped until the host goes.
//
// A stop of the agent leaves the host as it is: calls under way are cancelled, the journal stands, and the
// next start goes on from it. It never begins a drain by itself.
class Drainer {
 public:
  Drainer(DrainPorts ports, DrainConfig config, prometheus::Registry& registry);
  ~Drainer();

  // Where watchers put their notices. Thread-safe.
  [[nodiscard]] Queue<Notice>& inbox() { return inbox_; }

  void run(std::stop_token stop);

 private:
  class Session;
  class Parts;

  DrainPorts ports_;
  const DrainConfig config_;
  Queue<Notice> inbox_{64};
  std::unique_ptr<Parts> parts_;
};

}  // namespace hakoban
