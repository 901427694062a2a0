#include <algorithm>

#include "core/termination/drain_turn.h"

namespace hakoban {

namespace {

// A look at a target's health just after its deregistration may still show the state before it.
constexpr Duration kDeregistrationSettles = 2s;
// The events of a container that was just stopped need a moment to come through.
constexpr Duration kStopSettles = 5s;
// Targets that are out are looked at this many times more seldom: only to see whether they come back.
constexpr int kOutPollFactor = 5;

// What the API once told stays true when the view forgets it.
void merge(RunningTask& known, RunningTask seen, bool running) {
  if (seen.kind != TaskKind::unknown) {
    known.kind = seen.kind;
    known.name = std::move(seen.name);
  }
  if (!seen.cluster.empty()) known.cluster = std::move(seen.cluster);
  for (TargetRef& target : seen.targets) {
    if (std::find(known.targets.begin(), known.targets.end(), target) == known.targets.end()) {
      known.targets.push_back(std::move(target));
    }
  }
  if (running && (seen.stop_timeout_known || !known.stop_timeout_known)) {
    known.stop_timeout = seen.stop_timeout;
    known.stop_timeout_known = seen.stop_timeout_known;
  }
  known.behind_classic_elb |= seen.behind_classic_elb;
  known.own |= seen.own;
}

std::vector<RunningContainer> running_containers(const TaskView& task, const DrainPolicy& policy) {
  std::vector<RunningContainer> running;
  for (const ContainerView& container : task.containers) {
    if (container.state == ContainerState::exited || container.state == ContainerState::dead) continue;
    running.push_back({container.id, container.stop_timeout.value_or(policy.default_stop_timeout)});
  }
  return running;
}

// A task may end before the answer to the StopTask that ended it is here.
void note_end(const DrainState& state, TaskProgress& progress, TimePoint now) {
  const auto stop = state.attempts.find({DrainCall::stop_task, progress.task.arn});
  if (!progress.told() && stop != state.attempts.end() && stop->second.in_flight) progress.requested_at = now;
  progress.ended_at = now;
}

void see_task(DrainState& state, const TaskView& task, const DrainPolicy& policy, TimePoint now) {
  const bool running = still_running(task);
  auto found = state.tasks.find(task.arn);
  if (found == state.tasks.end()) {
    if (!running) return;
    found = state.tasks.try_emplace(task.arn).first;
    found->second.task = running_task(task, policy);
  } else {
    merge(found->second.task, running_task(task, policy), running);
  }
  TaskProgress& progress = found->second;
  progress.missing_since.reset();
  progress.containers = running_containers(task, policy);
  if (running) {
    progress.ended_at.reset();
  } else if (!progress.ended_at) {
    note_end(state, progress, now);
  }
  for (const TargetRef& target : progress.task.targets) state.targets.try_emplace(target);
}

void see_missing(const DrainState& state, TaskProgress& progress, const DrainPolicy& policy, TimePoint now) {
  progress.containers.clear();
  if (progress.ended_at) return;
  if (!progress.missing_since) progress.missing_since = now;
  if (now - *progress.missing_since >= policy.gone_after) note_end(state, progress, now);
}

void see_instance(DrainState& state, const HostView& view) {
  if (!view.ecs.cluster.empty()) state.cluster = view.ecs.cluster;
  const std::string& arn = view.ecs.container_instance_arn;
  if (arn.empty() || arn == state.container_instance_arn) return;
  // An ECS agent that registered anew is another instance to ECS, and that one is ACTIVE.
  if (!state.container_instance_arn.empty()) state.draining_at.reset();
  state.container_instance_arn = arn;
}

void see_target(DrainState& state, const TargetSeen& seen, TimePoint now) {
  const auto found = state.targets.find(seen.target);
  if (found == state.targets.end()) return;
  TargetProgress& target = found->second;
  target.out = seen.standing == TargetStanding::out;
  if (seen.standing != TargetStanding::registered) {
    if (!target.deregistered_at) target.deregistered_at = now;
  } else if (target.deregistered_at && now - *target.deregistered_at >= kDeregistrationSettles) {
    target.deregistered_at.reset();
    ++target.registered_again;
  }
}

bool registered(const DrainState& state, const RunningTask& task) {
  return std::any_of(task.targets.begin(), task.targets.end(), [&](const TargetRef& ref) {
    const auto found = state.targets.find(ref);
    return found != state.targets.end() && !found->second.deregistered_at && !found->second.out;
  });
}

void succeed(DrainState& state, const CallEnded& call, const DrainPolicy& policy, TimePoint now,
             Attempt& attempt) {
  attempt.failures = 0;
  const DrainAction& action = call.action;
  switch (action.call) {
    case DrainCall::set_draining:
      if (action.subject == state.container_instance_arn) state.draining_at = now;
      return;
    case DrainCall::deregister:
      for (const TargetRef& target : action.targets) state.targets[target].deregistered_at = now;
      return;
    case DrainCall::check_health: {
      for (const TargetSeen& seen : call.health) see_target(state, seen, now);
      const bool all_out = std::all_of(action.targets.begin(), action.targets.end(),
                                       [&](const TargetRef& target) { return state.targets[target].out; });
      const Duration pause = all_out ? policy.health_poll * kOutPollFactor : policy.health_poll;
      attempt.not_before = now + jittered(state, pause, 0.25);
      return;
    }
    case DrainCall::stop_task: {
      const auto found = state.tasks.find(action.task_arn);
      if (found == state.tasks.end() || found->second.requested_at) return;
      found->second.requested_at = now;
      found->second.told_while_registered |= registered(state, found->second.task);
      return;
    }
    case DrainCall::stop_locally:
      attempt.not_before = now + kStopSettles;
      return;
  }
}

void fail(DrainState& state, const CallEnded& call, const DrainPolicy& policy, TimePoint now,
          Attempt& attempt) {
  const bool worth_a_retry =
      call.error->transient() || call.error->code == Errc::malformed || call.error->code == Errc::cancelled;
  Duration pause = policy.retry_most;
  if (worth_a_retry) {
    pause = policy.retry_first * (1 << std::min(attempt.failures, 16));
    pause = std::min(pause, policy.retry_most);
  } else if (call.action.call == DrainCall::stop_task) {
    const auto found = state.tasks.find(call.action.task_arn);
    if (found != state.tasks.end()) found->second.refused = true;
  }
  ++attempt.failures;
  attempt.not_before = now + jittered(state, pause, 0.5);
}

void hear_again(DrainState& state, const Notice& notice) {
  if (notice.withdrawn) return;
  if (notice.deadline && *notice.deadline < state.deadline()) state.notice.deadline = notice.deadline;
  if (notice.id == state.notice.id) state.notice.action = notice.action;
}

}  // namespace

void absorb(DrainState& state, const DrainEvent& event, const DrainPolicy& policy, TimePoint now) {
  if (const auto* host = std::get_if<HostSeen>(&event)) {
    if (host->view.generation == 0) return;  // nothing has been published yet
    if (!state.host_seen_at) state.host_seen_at = now;
    see_instance(state, host->view);
    for (const TaskView& task : host->view.tasks) see_task(state, task, policy, now);
    for (auto& [arn, progress] : state.tasks) {
      if (host->view.find_task(arn) == nullptr) see_missing(state, progress, policy, now);
    }
  } else if (const auto* call = std::get_if<CallEnded>(&event)) {
    Attempt& attempt = state.attempts[{call->action.call, call->action.subject}];
    attempt.in_flight = false;
    call->error ? fail(state, *call, policy, now, attempt) : succeed(state, *call, policy, now, attempt);
  } else if (const auto* logs = std::get_if<LogsSeen>(&event)) {
    state.log_bytes_left = logs->bytes_left;
    state.logs_seen_at = now;
  } else if (const auto* again = std::get_if<NoticeAgain>(&event)) {
    hear_again(state, again->notice);
  }
}

Duration jittered(DrainState& state, Duration duration, double spread) {
  // splitmix64, by Sebastiano Vigna: public domain.
  std::uint64_t bits = (state.dice += 0x9e3779b97f4a7c15U);
  bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9U;
  bits = (bits ^ (bits >> 27)) * 0x94d049bb133111ebU;
  bits ^= bits >> 31;
  const double even = static_cast<double>(bits >> 11) * 0x1.0p-53;
  const double factor = 1.0 + spread * (2.0 * even - 1.0);
  return Duration{static_cast<Duration::rep>(static_cast<double>(duration.count()) * factor)};
}

}  // namespace hakoban
