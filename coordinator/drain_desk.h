// Makes few calls of what many draining hosts want (core/termination/call_desk.h): DRAINING and
// DeregisterTargets. Agents ask by POST (platform/drain_desk_messages.h).
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include "core/termination/call_desk.h"
#include "platform/aws/ecs_placement.h"
#include "platform/aws/elb.h"
#include "platform/clock.h"
#include "platform/http/http_server.h"
#include "platform/queue.h"

namespace hakoban {

struct DrainDeskSettings {
  std::string cluster;  // instances of others are refused
  std::string token;    // what agents must show; "": the desk is closed, every request is refused
  CallDeskPolicy policy;
};

class DrainDesk {
 public:
  // So many calls to AWS side by side.
  static constexpr std::size_t kAtOnce = 8;

  // All must outlive it.
  DrainDesk(EcsPlacement& ecs, LoadBalancers& balancers, const Clock& clock, prometheus::Registry& registry,
            DrainDeskSettings settings);
  ~DrainDesk();

  // Answers a host at once: the work is run()'s. Thread-safe.
  [[nodiscard]] HttpReply answer(const HttpQuery& query);

  // Carries out what is due until `stop`.
  void run(const std::stop_token& stop);

 private:
  struct Ended {
    std::uint64_t number = 0;
    DeskCall call;
    std::optional<Error> whole;
    std::map<DeskItem, Error> parts;
  };

  [[nodiscard]] bool allowed(const HttpQuery& query) const;
  [[nodiscard]] Ended carry_out(const DeskCall& call, const std::stop_token& stop) const;
  void begin(DeskCall call, const std::stop_token& stop);
  void settle(const Ended& ended);

  EcsPlacement& ecs_;
  LoadBalancers& balancers_;
  const Clock& clock_;
  const DrainDeskSettings settings_;
  std::mutex mutex_;
  CallDesk desk_;  // under mutex_
  Queue<Ended> ended_{64};
  std::map<std::uint64_t, std::jthread> threads_;  // run()'s, one a call under way
  std::uint64_t calls_made_ = 0;
  std::size_t under_way_ = 0;
  std::list<DeskCall> waiting_;
  prometheus::Family<prometheus::Counter>& requests_;
  prometheus::Family<prometheus::Counter>& calls_;
  prometheus::Histogram& items_a_call_;
  prometheus::Gauge& wishes_;
};

}  // namespace hakoban
