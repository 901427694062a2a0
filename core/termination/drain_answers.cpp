// What the drain learns from the answers to its calls.
#include <algorithm>

#include "core/termination/drain_turn.h"

namespace hakoban {

namespace {

// A look at a target's health just after its deregistration may still show the state before it.
constexpr Duration kDeregistrationSettles = 2s;
// The events of a container that was just stopped need a moment to come through.
constexpr Duration kStopSettles = 5s;
// ECS's own lifecycle hook, which managed draining of a capacity provider puts on the group and completes.
constexpr std::string_view kManagedHook = "ecs-managed-draining-termination-hook";
// A hook's time-out is renewed when this part of it is over.
constexpr int kBeatsInTimeout = 3;

class Answer {
 public:
  Answer(DrainState& state, const CallEnded& call, const DrainPolicy& policy, TimePoint now)
      : state_(state),
        call_(call),
        action_(call.action),
        policy_(policy),
        now_(now),
        attempt_(state.attempts[{call.action.call, call.action.subject}]) {}

  void take() {
    attempt_.in_flight = false;
    if (call_.error) return fail();
    attempt_.failures = 0;
    succeed();
  }

 private:
  void succeed() {
    switch (action_.call) {
      case DrainCall::ask_status:
        return take_status();
      case DrainCall::set_draining:
        if (action_.subject == state_.container_instance_arn) state_.draining_at = now_;
        return;
      case DrainCall::set_active:
        return forget_draining();
      case DrainCall::deregister:
        return take_deregistration();
      case DrainCall::check_health:
        return take_health();
      case DrainCall::leave_discovery:
        state_.discovery[action_.discovery].left_at = now_;
        return;
      case DrainCall::notify_task:
        state_.tasks[action_.task_arn].notified.insert(action_.subject);
        return;
      case DrainCall::ask_protection:
        return take_protection();
      case DrainCall::stop_task:
        return take_stop();
      case DrainCall::stop_locally:
        attempt_.not_before = now_ + kStopSettles;
        return;
      case DrainCall::find_hooks:
        return take_hooks();
      case DrainCall::heartbeat: {
        HookProgress& hook = state_.lifecycle.hooks[action_.subject];
        hook.beat_at = now_;
        attempt_.not_before = now_ + jittered(state_, hook.heartbeat_timeout / kBeatsInTimeout, 0.2);
        return;
      }
      case DrainCall::complete_hook:
        state_.lifecycle.hooks[action_.subject].completed_at = now_;
        return;
      case DrainCall::ask_backlog:
        return;
    }
  }

  void fail() {
    ++attempt_.failures;
    const Error& error = *call_.error;
    const bool throttled = error.code == Errc::throttled;
    if (action_.call == DrainCall::check_health) return fail_look(throttled);
    if (action_.call == DrainCall::stop_task && throttled && attempt_.failures >= policy_.stop_task_throttles)
      refuse_stop();
    const bool worth_a_retry =
        error.transient() || error.code == Errc::malformed || error.code == Errc::cancelled;
    Duration pause = policy_.retry_most;
    if (action_.call == DrainCall::stop_locally) {
      pause = policy_.retry_first;  // the engine is our own: nobody else is kept waiting
    } else if (worth_a_retry) {
      pause = policy_.retry_first * (1 << std::min(attempt_.failures - 1, 16));
      pause = std::min(pause, policy_.retry_most);
    } else if (action_.call == DrainCall::stop_task) {
      refuse_stop();
    }
    attempt_.not_before = now_ + jittered(state_, pause, 0.5);
  }

  void refuse_stop() {
    const auto found = state_.tasks.find(action_.task_arn);
    if (found != state_.tasks.end()) found->second.refused = true;
  }

  void fail_look(bool throttled) {
    attempt_.not_before = now_ + after_failed_look(attempt_.failures, policy_.polls, throw_dice(state_));
    if (!throttled) return;
    Attempt& looks = state_.attempts[any_look()];
    const Duration pause = after_throttled_look(++looks.failures, policy_.polls, throw_dice(state_));
    looks.not_before = std::max(looks.not_before, now_ + pause);
  }

  void take_status() {
    if (action_.subject != state_.container_instance_arn || state_.draining_tried_at) return;
    state_.status_before = call_.status;
    if (state_.drained_by_another()) state_.draining_at = now_;
  }

  void forget_draining() {
    if (action_.subject != state_.container_instance_arn) return;
    state_.draining_at.reset();
    state_.draining_tried_at.reset();
    state_.status_before.clear();
  }

  [[nodiscard]] Duration next_look() {
    LookFacts facts;
    facts.since_deregistration = Duration::max();
    facts.all_out = true;
    for (const TargetRef& ref : action_.targets) {
      const TargetProgress& target = state_.targets[ref];
      facts.all_out &= target.out;
      const Duration since = target.deregistered_at ? now_ - *target.deregistered_at : Duration{0};
      facts.since_deregistration = std::min(facts.since_deregistration, since);
    }
    facts.delay = delay_of(action_.subject);
    return until_next_look(facts, policy_.polls, throw_dice(state_));
  }

  [[nodiscard]] std::optional<Duration> delay_of(const std::string& group) const {
    const auto delay = state_.delays.find(group);
    return delay == state_.delays.end() ? std::nullopt : std::optional{delay->second};
  }

  void take_deregistration() {
    for (const TargetRef& target : action_.targets) state_.targets[target].deregistered_at = now_;
    Attempt& look = state_.attempts[{DrainCall::check_health, action_.subject}];
    look.not_before = now_ + next_look();
  }

  void take_health() {
    state_.attempts[any_look()].failures = 0;
    for (const TargetSeen& seen : call_.health) see_target(seen);
    attempt_.not_before = now_ + next_look();
  }

  void see_target(const TargetSeen& seen) {
    const auto found = state_.targets.find(seen.target);
    if (found == state_.targets.end()) return;
    TargetProgress& target = found->second;
    // It may still say `draining` a moment after the delay that is trusted.
    const bool trusted =
        seen.standing == TargetStanding::draining && target.deregistered_at &&
        trusted_out(now_ - *target.deregistered_at, delay_of(seen.target.group_arn), policy_.polls);
    target.out = seen.standing == TargetStanding::out || trusted;
    if (seen.standing != TargetStanding::registered) {
      if (!target.deregistered_at) target.deregistered_at = now_;
    } else if (target.deregistered_at && now_ - *target.deregistered_at >= kDeregistrationSettles) {
      target.deregistered_at.reset();
      ++target.registered_again;
    }
  }

  void take_protection() {
    for (const std::string& arn : action_.tasks) {
      const auto found = state_.tasks.find(arn);
      if (found == state_.tasks.end()) continue;
      const auto& spared = call_.protected_tasks;
      found->second.spared = std::find(spared.begin(), spared.end(), arn) != spared.end();
      found->second.protection_seen_at = now_;
    }
    attempt_.not_before = now_ + jittered(state_, policy_.protection_poll, 0.25);
  }

  void take_stop() {
    const auto found = state_.tasks.find(action_.task_arn);
    if (found == state_.tasks.end() || found->second.requested_at) return;
    TaskProgress& progress = found->second;
    progress.requested_at = now_;
    progress.told_while_registered |=
        std::any_of(progress.task.targets.begin(), progress.task.targets.end(), [&](const TargetRef& ref) {
          const auto target = state_.targets.find(ref);
          return target != state_.targets.end() && !target->second.deregistered_at && !target->second.out;
        });
  }

  void take_hooks() {
    LifecycleProgress& lifecycle = state_.lifecycle;
    lifecycle.known_at = now_;
    lifecycle.group = call_.lifecycle.group;
    lifecycle.held = !call_.lifecycle.hooks.empty();
    std::vector<HookSeen> others;
    for (const HookSeen& hook : call_.lifecycle.hooks) {
      lifecycle.managed |= hook.name == kManagedHook;
      if (hook.name != kManagedHook) others.push_back(hook);
    }
    const auto& named = policy_.lifecycle_hooks;
    for (const HookSeen& hook : others) {
      const bool ours = named.empty() ? others.size() == 1
                                      : std::find(named.begin(), named.end(), hook.name) != named.end();
      if (ours) lifecycle.hooks[hook.name].heartbeat_timeout = hook.heartbeat_timeout;
    }
    lifecycle.foreign_hooks = others.size() - lifecycle.hooks.size();
    if (!lifecycle.held) harden();
  }

  // Nothing holds the instance: EC2 shuts it down as soon as the group says so.
  void harden() {
    for (auto& [id, cause] : state_.causes) {
      if (cause.notice.kind != NoticeKind::lifecycle) continue;
      cause.terms.manner = Manner::hard;
      cause.terms.final = true;
      cause.terms.deadline =
          std::min(cause.terms.deadline, cause.notice.seen_at + policy_.notices.default_budget);
    }
  }

  DrainState& state_;
  const CallEnded& call_;
  const DrainAction& action_;
  const DrainPolicy& policy_;
  const TimePoint now_;
  Attempt& attempt_;
};

}  // namespace

void take_answer(DrainState& state, const CallEnded& call, const DrainPolicy& policy, TimePoint now) {
  Answer{state, call, policy, now}.take();
}

}  // namespace hakoban
