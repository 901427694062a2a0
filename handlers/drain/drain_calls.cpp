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

CallEnded check_health(const DrainPorts& ports, const DrainAction& action, const std::stop_token& stop) {
  CallEnded ended{action, std::nullopt, {}};
  const auto health = ports.balancers.target_health(action.subject, action.targets, stop);
  if (!health) {
    ended.error = health.error();
    return ended;
  }
  for (const TargetHealth& target : *health) {
    ended.health.push_back({{action.subject, target.target_id, target.port}, standing_of(target)});
  }
  return ended;
}

Result<void> call(const DrainPorts& ports, const DrainAction& action, const std::stop_token& stop) {
  switch (action.call) {
    case DrainCall::set_draining:
      return ports.ecs.set_instance_status(action.cluster, action.subject, "DRAINING", stop);
    case DrainCall::deregister:
      return ports.balancers.deregister_targets(action.subject, action.targets, stop);
    case DrainCall::stop_task:
      return ports.ecs.stop_task(action.cluster, action.task_arn, kReason, stop);
    case DrainCall::stop_locally:
      return ports.docker.stop_container(action.subject, action.patience, stop);
    case DrainCall::check_health:
      break;
  }
  return Error{Errc::invalid, "not such a call"};
}

bool is_local(const DrainAction& action) {
  return action.call == DrainCall::stop_locally;
}

bool same_call(const DrainAction& left, const DrainAction& right) {
  return left.call == right.call && left.subject == right.subject;
}

}  // namespace

CallEnded carry_out(const DrainPorts& ports, const DrainAction& action, const std::stop_token& stop) {
  if (action.call == DrainCall::check_health) return check_health(ports, action, stop);
  const auto done = call(ports, action, stop);
  return {action, done ? std::nullopt : std::optional{done.error()}, {}};
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
