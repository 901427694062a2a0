#include "handlers/drain/drain_calls.h"

#include <algorithm>
#include <utility>

#include "core/time.h"

namespace hakoban {

namespace {

constexpr std::string_view kReason = "hakoban: this container instance is going away";
// On top of a container's own stop timeout, for the engine to kill it and answer.
constexpr Duration kEngineSlack = 10s;
constexpr std::size_t kAnswers = 1024;

TargetStanding standing_of(const TargetHealth& health) {
  if (health.out()) return TargetStanding::out;
  return health.state == "draining" ? TargetStanding::draining : TargetStanding::registered;
}

TargetStanding standing_of(ClassicStanding standing) {
  switch (standing) {
    case ClassicStanding::registered:
      return TargetStanding::registered;
    case ClassicStanding::deregistering:
      return TargetStanding::draining;
    case ClassicStanding::gone:
      break;
  }
  return TargetStanding::out;
}

// Carries out one action. Each part answers with what it adds to CallEnded.
class Call {
 public:
  Call(const DrainPorts& ports, const DrainAction& action, const std::stop_token& stop)
      : ports_(ports), action_(action), stop_(stop) {}

  CallEnded end() {
    CallEnded ended;
    ended.action = action_;
    const Result<void> done = run(ended);
    if (!done) ended.error = done.error();
    return ended;
  }

 private:
  Result<void> run(CallEnded& ended) {
    const std::string& subject = action_.subject;
    switch (action_.call) {
      case DrainCall::ask_status:
        return ask_status(ended);
      case DrainCall::set_draining:
        return ports_.ecs.set_instance_status(action_.cluster, subject, "DRAINING", stop_);
      case DrainCall::set_active:
        return set_active();
      case DrainCall::deregister:
        return deregister();
      case DrainCall::check_health:
        return check_health(ended);
      case DrainCall::leave_discovery:
        return ports_.discovery.deregister_instance(action_.discovery.service_id,
                                                    action_.discovery.instance_id, stop_);
      case DrainCall::notify_task:
        return ports_.docker.signal_container(subject, action_.signal, stop_);
      case DrainCall::ask_protection:
        return ask_protection(ended);
      case DrainCall::stop_task:
        return ports_.ecs.stop_task(action_.cluster, action_.task_arn, kReason, stop_);
      case DrainCall::stop_locally:
        return ports_.docker.stop_container(subject, action_.patience, stop_);
      case DrainCall::find_hooks:
        return find_hooks(ended);
      case DrainCall::heartbeat:
        return ports_.lifecycle.heartbeat(action_.group, subject, action_.instance_id, stop_);
      case DrainCall::complete_hook:
        return ports_.lifecycle.complete(action_.group, subject, action_.instance_id, stop_);
      case DrainCall::ask_backlog:
        ended.log_bytes_left = ports_.logs.backlog().bytes;
        return {};
    }
    return Error{Errc::invalid, "not such a call"};
  }

  Result<void> ask_status(CallEnded& ended) {
    auto status = ports_.ecs.instance_status(action_.cluster, action_.subject, stop_);
    if (!status) return status.error();
    ended.status = std::move(*status);
    return {};
  }

  // An instance that ECS does not know any more needs no way back.
  Result<void> set_active() {
    auto done = ports_.ecs.set_instance_status(action_.cluster, action_.subject, "ACTIVE", stop_);
    if (!done && done.error().code == Errc::not_found) return {};
    return done;
  }

  Result<void> deregister() {
    const std::string balancer{classic_name(action_.subject)};
    if (balancer.empty()) return ports_.balancers.deregister_targets(action_.subject, action_.targets, stop_);
    return ports_.classic.deregister_instance(balancer, action_.targets.front().target_id, stop_);
  }

  Result<void> check_health(CallEnded& ended) {
    const std::string balancer{classic_name(action_.subject)};
    if (!balancer.empty()) {
      const TargetRef& target = action_.targets.front();
      const auto standing = ports_.classic.standing(balancer, target.target_id, stop_);
      if (!standing) return standing.error();
      ended.health.push_back({target, standing_of(*standing)});
      return {};
    }
    const auto health = ports_.balancers.target_health(action_.subject, action_.targets, stop_);
    if (!health) return health.error();
    for (const TargetHealth& target : *health) {
      ended.health.push_back({{action_.subject, target.target_id, target.port}, standing_of(target)});
    }
    return {};
  }

  Result<void> ask_protection(CallEnded& ended) {
    auto spared = ports_.protection.protected_among(action_.cluster, action_.tasks, stop_);
    if (!spared) return spared.error();
    ended.protected_tasks = std::move(*spared);
    return {};
  }

  Result<void> find_hooks(CallEnded& ended) {
    const auto found = ports_.lifecycle.find(action_.instance_id, stop_);
    if (!found) return found.error();
    ended.lifecycle.group = found->group;
    for (const TerminationHook& hook : found->hooks) {
      ended.lifecycle.hooks.push_back({hook.name, hook.heartbeat_timeout});
    }
    return {};
  }

  const DrainPorts& ports_;
  const DrainAction& action_;
  const std::stop_token& stop_;
};

bool is_local(const DrainAction& action) {
  return action.call == DrainCall::stop_locally || action.call == DrainCall::notify_task ||
         action.call == DrainCall::ask_backlog;
}

bool same_call(const DrainAction& left, const DrainAction& right) {
  return left.call == right.call && left.subject == right.subject;
}

}  // namespace

CallEnded carry_out(const DrainPorts& ports, const DrainAction& action, const std::stop_token& stop) {
  return Call{ports, action, stop}.end();
}

DrainCalls::DrainCalls(const DrainPorts& ports, Duration call_timeout)
    : ports_(ports), call_timeout_(call_timeout), answers_(kAnswers) {}

DrainCalls::~DrainCalls() {
  for (Running& running : running_) running.thread.request_stop();
}

void DrainCalls::start(DrainAction action) {
  if (is_local(action) || aws_calls_under_way() < kAtOnce) {
    begin(std::move(action));
  } else {
    waiting_.push_back(std::move(action));
  }
}

void DrainCalls::begin(DrainAction action) {
  const Duration allowed = is_local(action) ? action.patience + kEngineSlack : call_timeout_;
  Running& running = running_.emplace_back();
  running.action = action;
  running.give_up_at = ports_.clock.steady() + allowed;
  running.thread = std::jthread{[this, todo = std::move(action)](const std::stop_token& stop) {
    // Nobody waits for the answer when the token has fired and the queue is full: the drainer is ending.
    answers_.push(carry_out(ports_, todo, stop), stop);
  }};
}

std::vector<CallEnded> DrainCalls::ended(Duration patience, const std::stop_token& stop) {
  give_up_late_ones();
  std::vector<CallEnded> all;
  for (auto answer = answers_.pop(patience, stop); answer; answer = answers_.pop(0s, stop)) {
    settle(*answer);
    all.push_back(std::move(*answer));
  }
  begin_waiting();
  return all;
}

void DrainCalls::settle(CallEnded& answer) {
  const auto found = std::find_if(running_.begin(), running_.end(), [&](const Running& running) {
    return same_call(running.action, answer.action);
  });
  if (found == running_.end()) return;
  if (found->given_up && answer.error) {
    answer.error = Error{Errc::timeout, "no answer in " + format_duration(call_timeout_)};
  }
  running_.erase(found);
}

void DrainCalls::give_up_late_ones() {
  const SteadyPoint now = ports_.clock.steady();
  for (Running& running : running_) {
    if (running.given_up || now < running.give_up_at) continue;
    running.given_up = true;
    running.thread.request_stop();
  }
}

void DrainCalls::begin_waiting() {
  while (!waiting_.empty() && aws_calls_under_way() < kAtOnce) {
    begin(std::move(waiting_.front()));
    waiting_.pop_front();
  }
}

std::size_t DrainCalls::aws_calls_under_way() const {
  return static_cast<std::size_t>(std::count_if(
      running_.begin(), running_.end(), [](const Running& running) { return !is_local(running.action); }));
}

}  // namespace hakoban
