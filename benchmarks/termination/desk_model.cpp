#include "benchmarks/termination/desk_model.h"

#include "benchmarks/termination/fleet_host.h"

namespace hakoban::bench {

namespace {

constexpr Duration kTurn = 50ms;

SteadyPoint steady(const EventQueue& queue) {
  return SteadyPoint{queue.now().time_since_epoch()};
}

}  // namespace

DeskAnswer DeskModel::ask(const std::string& id, const std::vector<DeskItem>& items) {
  const DeskAnswer answer = desk_.ask(id, items, steady(queue_));
  if (!working_ && desk_.waiting() > 0) {
    working_ = true;
    queue_.after(kTurn, [this] { work(); });
  }
  return answer;
}

void DeskModel::work() {
  for (const DeskCall& due : desk_.due(steady(queue_))) call(due);
  working_ = desk_.waiting() > 0;
  if (working_) queue_.after(kTurn, [this] { work(); });
}

void DeskModel::call(const DeskCall& due) {
  const Duration latency = account_.latency();
  queue_.after(latency / 2, [this, due, latency] {
    const Verdict verdict = account_.judge(
        due.set_draining ? Bucket::ecs_modify : Bucket::elb_registration,
        due.set_draining ? "UpdateContainerInstancesState" : "DeregisterTargets", queue_.now());
    if (verdict == Verdict::served || verdict == Verdict::served_but_failed) take_effect(due);
    std::optional<Error> error;
    if (verdict == Verdict::throttled) error = Error{Errc::throttled, "Rate exceeded"};
    if (verdict == Verdict::failed || verdict == Verdict::served_but_failed)
      error = Error{Errc::unavailable, "internal failure"};
    queue_.after(latency / 2, [this, due, error] { desk_.ended(due, error, {}, steady(queue_)); });
  });
}

void DeskModel::take_effect(const DeskCall& call) {
  for (const DeskItem& item : call.items) {
    call.set_draining ? hosts_.at(item.container_instance)->set_draining()
                      : targets_.at(item.target)->deregister(item.target);
  }
}

}  // namespace hakoban::bench
