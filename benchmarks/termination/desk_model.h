// The coordinator in the simulation: the real CallDesk (core/termination), with a modelled network on one
// side and the modelled account on the other.
#pragma once

#include <map>
#include <string>

#include "benchmarks/termination/account_model.h"
#include "benchmarks/termination/event_queue.h"
#include "core/termination/call_desk.h"

namespace hakoban::bench {

class FleetHost;

class DeskModel {
 public:
  // Out of reach before `up_from`.
  DeskModel(EventQueue& queue, AccountModel& account, TimePoint up_from)
      : queue_(queue), account_(account), up_from_(up_from) {}

  void know(const std::string& container_instance, FleetHost& host) { hosts_[container_instance] = &host; }
  void know(const TargetRef& target, FleetHost& host) { targets_[target] = &host; }

  [[nodiscard]] bool reachable() const { return queue_.now() >= up_from_; }
  [[nodiscard]] DeskAnswer ask(const std::string& id, const std::vector<DeskItem>& items);

 private:
  void work();
  void call(const DeskCall& call);
  void take_effect(const DeskCall& call);

  EventQueue& queue_;
  AccountModel& account_;
  const TimePoint up_from_;
  CallDesk desk_{CallDeskPolicy{}};
  std::map<std::string, FleetHost*> hosts_;
  std::map<TargetRef, FleetHost*> targets_;
  bool working_ = false;
};

}  // namespace hakoban::bench
