#include <algorithm>

#include "core/termination/drain_turn.h"

namespace hakoban {

namespace {

// What the API once told stays true when the view forgets it.
void merge(RunningTask& known, RunningTask seen, bool running) {
  if (seen.kind != TaskKind::unknown) {
    known.kind = seen.kind;
    known.name = std::move(seen.name);
  }
  if (!seen.cluster.empty()) known.cluster = std::move(seen.cluster);
  const auto add = [](auto& all, auto& fresh) {
    for (auto& one : fresh) {
      if (std::find(all.begin(), all.end(), one) == all.end()) all.push_back(std::move(one));
    }
  };
  add(known.targets, seen.targets);
  add(known.discovery, seen.discovery);
  if (!seen.targets.empty()) known.deregistration_delay = seen.deregistration_delay;
  if (running && (seen.stop_timeout_known || !known.stop_timeout_known)) {
    known.stop_timeout = seen.stop_timeout;
    known.stop_timeout_known = seen.stop_timeout_known;
  }
  known.behind_classic_elb |= seen.behind_classic_elb;
  known.own |= seen.own;
  if (seen.on_interruption != OnInterruption::by_kind) known.on_interruption = seen.on_interruption;
  if (!seen.notify_signal.empty()) known.notify_signal = std::move(seen.notify_signal);
}

// A task may end before the answer to the StopTask that ended it is here.
void note_end(const DrainState& state, TaskProgress& progress, TimePoint now) {
  const auto stop = state.attempts.find({DrainCall::stop_task, progress.task.arn});
  if (!progress.told() && stop != state.attempts.end() && stop->second.in_flight) progress.requested_at = now;
  progress.ended_at = now;
}

void see_task(DrainState& state, const TaskView& task, const HostView& host, const DrainPolicy& policy,
              TimePoint now) {
  bool running = still_running(task);
  auto found = state.tasks.find(task.arn);
  if (found == state.tasks.end()) {
    if (!running) return;
    found = state.tasks.try_emplace(task.arn).first;
    found->second.task = running_task(task, host, policy);
  } else {
    merge(found->second.task, running_task(task, host, policy), running);
  }
  TaskProgress& progress = found->second;
  progress.containers = running_containers(task, policy);
  if (running && progress.told() && !has_begun(task)) {
    // Created, and told to stop before it started: nobody will start it.
    if (!progress.missing_since) progress.missing_since = now;
    running = now - *progress.missing_since < policy.gone_after;
  } else {
    progress.missing_since.reset();
  }
  if (running) {
    progress.ended_at.reset();
  } else if (!progress.ended_at) {
    note_end(state, progress, now);
  }
  for (const TargetRef& target : progress.task.targets) state.targets.try_emplace(target);
  for (const DiscoveryRef& instance : progress.task.discovery) state.discovery.try_emplace(instance);
}

void see_missing(const DrainState& state, TaskProgress& progress, const DrainPolicy& policy, TimePoint now) {
  progress.containers.clear();
  if (progress.ended_at) return;
  if (!progress.missing_since) progress.missing_since = now;
  if (now - *progress.missing_since >= policy.gone_after) note_end(state, progress, now);
}

void see_instance(DrainState& state, const HostView& view) {
  if (!view.ecs.cluster.empty()) state.cluster = view.ecs.cluster;
  if (state.instance_id.empty()) state.instance_id = view.ec2.instance_id;
  for (const auto& [group, facts] : view.target_groups) state.delays[group] = facts.deregistration_delay;
  const std::string& arn = view.ecs.container_instance_arn;
  if (arn.empty() || arn == state.container_instance_arn) return;
  // An ECS agent that registered anew is another instance to ECS, and that one is ACTIVE.
  if (!state.container_instance_arn.empty()) {
    state.draining_at.reset();
    state.draining_tried_at.reset();
    state.status_before.clear();
  }
  state.container_instance_arn = arn;
}

void see_host(DrainState& state, const HostView& view, const DrainPolicy& policy, TimePoint now) {
  if (view.generation == 0) return;  // nothing has been published yet
  if (!state.host_seen_at) state.host_seen_at = now;
  see_instance(state, view);
  for (const TaskView& task : view.tasks) see_task(state, task, view, policy, now);
  for (auto& [arn, progress] : state.tasks) {
    if (view.find_task(arn) == nullptr) see_missing(state, progress, policy, now);
  }
}

}  // namespace

void absorb(DrainState& state, const DrainEvent& event, const DrainPolicy& policy, TimePoint now) {
  if (const auto* host = std::get_if<HostSeen>(&event)) {
    see_host(state, host->view, policy, now);
  } else if (const auto* call = std::get_if<CallEnded>(&event)) {
    take_answer(state, *call, policy, now);
  } else if (const auto* logs = std::get_if<LogsSeen>(&event)) {
    state.log_bytes_left = logs->bytes_left;
    state.logs_seen_at = now;
  } else if (const auto* heard = std::get_if<NoticeHeard>(&event)) {
    hear_notice(state, heard->notice, policy);
  } else if (std::holds_alternative<Dismissed>(event)) {
    dismiss(state);
  }
  settle_causes(state, policy, now);
}

double throw_dice(DrainState& state) {
  // splitmix64, by Sebastiano Vigna: public domain.
  std::uint64_t bits = (state.dice += 0x9e3779b97f4a7c15U);
  bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9U;
  bits = (bits ^ (bits >> 27)) * 0x94d049bb133111ebU;
  bits ^= bits >> 31;
  return static_cast<double>(bits >> 11) * 0x1.0p-53;
}

Duration jittered(DrainState& state, Duration duration, double spread) {
  const double factor = 1.0 + spread * (2.0 * throw_dice(state) - 1.0);
  return Duration{static_cast<Duration::rep>(static_cast<double>(duration.count()) * factor)};
}

}  // namespace hakoban
