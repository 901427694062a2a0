#include <algorithm>

#include "core/termination/drain_turn.h"
#include "core/termination/drain_wants.h"

namespace hakoban {

namespace {

std::vector<std::string> spared_tasks(const DrainState& state) {
  std::vector<std::string> spared;
  for (const auto& [arn, progress] : state.tasks) {
    if (progress.spared) spared.push_back(arn);
  }
  return spared;
}

using ByGroup = std::map<std::string, std::vector<TargetRef>>;

}  // namespace

void DrainWants::start(DrainAction action) {
  Attempt& attempt = state_.attempts[{action.call, action.subject}];
  if (attempt.in_flight || now_ < attempt.not_before) return;
  attempt.in_flight = true;
  actions_.push_back(std::move(action));
}

const Attempt* DrainWants::attempt(DrainCall call, const std::string& subject) const {
  const auto found = state_.attempts.find({call, subject});
  return found == state_.attempts.end() ? nullptr : &found->second;
}

bool DrainWants::under_way(DrainCall call, const std::string& subject) const {
  const Attempt* found = attempt(call, subject);
  return found != nullptr && found->in_flight;
}

int DrainWants::failures(DrainCall call, const std::string& subject) const {
  const Attempt* found = attempt(call, subject);
  return found == nullptr ? 0 : found->failures;
}

// A drain that may be called off asks first how the instance stood before: what another has set DRAINING is
// not ours to undo. A hard one has no time for it.
void DrainWants::want_draining() {
  const std::string& instance = state_.container_instance_arn;
  if (state_.draining_at || instance.empty() || under_way(DrainCall::set_active, instance)) return;
  DrainAction action;
  action.subject = instance;
  action.cluster = state_.cluster;
  const bool asks = state_.terms.manner != Manner::hard && state_.status_before.empty() &&
                    !state_.draining_tried_at && now_ < state_.terms.since + policy_.draining_patience;
  action.call = asks ? DrainCall::ask_status : DrainCall::set_draining;
  if (!asks && !state_.draining_tried_at) state_.draining_tried_at = now_;
  start(std::move(action));
}

void DrainWants::want_active() {
  const std::string& instance = state_.container_instance_arn;
  if (!state_.draining_tried_at || instance.empty() || under_way(DrainCall::set_draining, instance)) return;
  DrainAction action;
  action.call = DrainCall::set_active;
  action.subject = instance;
  action.cluster = state_.cluster;
  start(std::move(action));
}

// Hard: all of them, those of ended tasks too. Gentle: those that ECS has not moved in time.
void DrainWants::want_out(const DrainPlan& plan) {
  if (state_.terms.manner == Manner::hard) {
    for (auto& [ref, target] : state_.targets) target.wanted_out = true;
    for (auto& [ref, instance] : state_.discovery) instance.wanted_out = true;
  } else {
    for (const PlannedStop& planned : plan.stops) {
      if (now_ < planned.take_out_at || must_ask_protection(state_.tasks.at(planned.task.arn))) continue;
      for (const TargetRef& ref : planned.task.targets) want_target_out(ref);
      for (const DiscoveryRef& ref : planned.task.discovery) state_.discovery[ref].wanted_out = true;
    }
  }
  deregister_wanted();
}

void DrainWants::deregister_wanted() {
  ByGroup by_group;
  for (const auto& [target, progress] : state_.targets) {
    if (progress.wanted_out && !progress.deregistered_at) by_group[target.group_arn].push_back(target);
  }
  for (auto& [group, targets] : by_group) {
    DrainAction action;
    action.call = DrainCall::deregister;
    action.subject = group;
    action.targets = std::move(targets);
    start(std::move(action));
  }
  for (const auto& [ref, instance] : state_.discovery) {
    if (!instance.wanted_out || instance.left_at) continue;
    DrainAction action;
    action.call = DrainCall::leave_discovery;
    action.subject = subject_of(ref);
    action.discovery = ref;
    start(std::move(action));
  }
}

// All that are deregistered are watched to the end, those that are out more seldom: ECS may register them
// again. After a restart the first look comes at a random moment, as the one after a deregistration does.
void DrainWants::want_health() {
  if (state_.finished_at) return;
  trust_delays();
  const Attempt* looks = attempt(DrainCall::check_health, "");
  if (looks != nullptr && now_ < looks->not_before) return;
  ByGroup by_group;
  for (const auto& [target, progress] : state_.targets) {
    if (progress.deregistered_at) by_group[target.group_arn].push_back(target);
  }
  for (auto& [group, targets] : by_group) {
    const auto [look, fresh] = state_.attempts.try_emplace({DrainCall::check_health, group});
    if (fresh && state_.delays.contains(group))
      look->second.not_before = now_ + jittered(state_, policy_.polls.watch / 2, 1);
    DrainAction action;
    action.call = DrainCall::check_health;
    action.subject = group;
    action.targets = std::move(targets);
    start(std::move(action));
  }
}

void DrainWants::trust_delays() {
  for (auto& [ref, target] : state_.targets) {
    if (target.out || !target.deregistered_at) continue;
    const auto delay = state_.delays.find(ref.group_arn);
    const auto known = delay == state_.delays.end() ? std::nullopt : std::optional{delay->second};
    target.out = trusted_out(now_ - *target.deregistered_at, known, policy_.polls);
  }
}

void DrainWants::want_lifecycle() {
  if (!state_.standing(NoticeKind::lifecycle) || state_.instance_id.empty()) return;
  DrainAction action;
  action.instance_id = state_.instance_id;
  if (!state_.lifecycle.known_at) {
    action.call = DrainCall::find_hooks;
    action.subject = state_.instance_id;
    if (failures(action.call, action.subject) < kHookTries) start(std::move(action));
    return;
  }
  const bool over = work_done(state_, policy_, now_);
  action.group = state_.lifecycle.group;
  action.call = over ? DrainCall::complete_hook : DrainCall::heartbeat;
  for (const auto& [name, hook] : state_.lifecycle.hooks) {
    if (hook.completed_at) continue;
    action.subject = name;
    if (failures(action.call, name) < kHookTries) start(action);
  }
}

void DrainWants::want_notifications() {
  for (const auto& [arn, progress] : state_.tasks) {
    if (progress.ended_at || progress.task.own) continue;
    for (const RunningContainer& container : progress.containers) {
      if (!container.notify || progress.notified.contains(container.id)) continue;
      DrainAction action;
      action.call = DrainCall::notify_task;
      action.subject = container.id;
      action.task_arn = arn;
      const std::string& wished = progress.task.notify_signal;
      action.signal = wished.empty() ? policy_.notify_signal : wished;
      start(std::move(action));
    }
  }
}

// Asked just before a task would be forced otherwise; without an answer after some tries it is.
bool DrainWants::must_ask_protection(const TaskProgress& progress) const {
  if (state_.terms.manner != Manner::gentle || progress.task.kind != TaskKind::service) return false;
  constexpr int kTries = 4;
  if (failures(DrainCall::ask_protection, state_.cluster) >= kTries) return false;
  return !progress.protection_seen_at || now_ - *progress.protection_seen_at > 2 * policy_.protection_poll;
}

void DrainWants::want_protection(const DrainPlan& plan) {
  if (state_.terms.manner != Manner::gentle) return;
  DrainAction action;
  action.call = DrainCall::ask_protection;
  action.subject = state_.cluster;
  action.cluster = state_.cluster;
  for (const PlannedStop& planned : plan.stops) {
    if (planned.task.kind != TaskKind::service) continue;
    const bool soon = now_ >= planned.take_out_at || now_ >= planned.latest;
    if (soon || planned.held) action.tasks.push_back(planned.task.arn);
  }
  if (!action.tasks.empty()) start(std::move(action));
}

std::vector<DrainAction> due_actions(DrainState& state, const DrainPolicy& policy, TimePoint now) {
  DrainWants wants{state, policy, now};
  if (state.called_off_at) {
    if (state.returned_at) return {};
    wants.want_active();
    wants.want_health();
    wants.want_begun_over();
    return std::move(wants).take();
  }
  if (state.terms.manner == Manner::none || now >= gives_up_at(state, policy)) return {};
  wants.want_draining();
  if (state.terms.manner == Manner::mark) return std::move(wants).take();
  wants.want_lifecycle();
  wants.want_notifications();
  const DrainPlan plan = plan_of(state, policy, now);
  wants.want_protection(plan);
  wants.want_out(plan);
  wants.want_health();
  wants.want_stops(plan);
  return std::move(wants).take();
}

DrainPlan plan_of(const DrainState& state, const DrainPolicy& policy, TimePoint now) {
  std::vector<RunningTask> running;
  for (const auto& [arn, progress] : state.tasks) {
    if (!progress.ended_at && !progress.task.own) running.push_back(progress.task);
  }
  return plan_drain(state.terms, running, spared_tasks(state), policy, now);
}

}  // namespace hakoban
