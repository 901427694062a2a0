// A host with its tasks, their load balancers and ECS, in time that the test moves: drives the drain machine
// through whole drains. It knows nothing of the machine but its actions and events.
#pragma once

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "core/termination/drain_machine.h"

namespace hakoban {

inline const TimePoint kNoon =
    TimePoint{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23} + std::chrono::hours{12}};

struct SimulatedTask {
  TaskKind kind = TaskKind::batch;
  std::vector<TargetRef> targets{};
  Duration stop_timeout = 30s;
  Duration ends_after = 2s;  // SIGTERM; it is killed when that is longer than what it is given
  bool own = false;
  std::string on_interruption{};
  std::vector<DiscoveryRef> discovery{};
  bool begins = true;  // false: its container is created, and that is all that ever comes of it
};

inline TargetRef target_of(const std::string& group, std::uint16_t port = 80) {
  return {group, "i-1", port};
}

inline Notice spot_notice(TimePoint deadline = kNoon + 120s, TimePoint seen_at = kNoon) {
  Notice notice;
  notice.id = "spot-interruption";
  notice.action = "terminate";
  notice.deadline = deadline;
  notice.seen_at = seen_at;
  return notice;
}

class SimulatedHost {
 public:
  // How the world behaves.
  Duration latency = 100ms;             // of every call
  Duration agent_delay = 300ms;         // from StopTask to SIGTERM
  Duration deregistration_delay = 20s;  // `draining` for this long
  bool delays_known = true;             // the view tells of it
  double failure_rate = 0;              // of calls; every other failure has had its effect all the same
  std::map<DrainCall, Errc> broken;     // these calls always fail so
  bool ecs_agent_dead = false;          // StopTask is accepted, and nothing comes of it
  std::optional<TimePoint> registers_again_at;  // ECS puts the targets of running tasks back, once
  bool drained_by_another = false;              // the instance is DRAINING before we come
  std::vector<std::string> protected_tasks;     // from scale-in
  LifecycleSeen lifecycle;                      // the Auto Scaling group and its hooks
  // ECS moves a service's task off the DRAINING instance this long after DRAINING; 0: it cannot.
  Duration ecs_moves_after{};
  Duration logs_take = 1s;  // from the last end of a task until its logs are stored

  explicit SimulatedHost(std::uint64_t seed = 1) : random_(seed), seed_(seed) {
    view_.generation = 1;
    view_.ecs = {"prod", "arn:instance", "1.105.1"};
    view_.ec2.instance_id = "i-1";
  }

  void add(const std::string& name, const SimulatedTask& task) {
    TaskView view;
    view.arn = name;
    view.id = name;
    view.family = name;
    view.cluster = "prod";
    view.kind = task.kind;
    view.targets = task.targets;
    view.own = task.own;
    view.last_status = "RUNNING";
    ContainerView container;
    container.id = "c-" + name;
    container.state = task.begins ? ContainerState::running : ContainerState::created;
    container.stop_timeout = task.stop_timeout;
    container.task_arn = name;
    if (!task.on_interruption.empty()) container.labels[std::string{kOnInterruption}] = task.on_interruption;
    view.discovery = task.discovery;
    view.containers.push_back(container);
    view_.tasks.push_back(view);
    facts_[name] = task;
    for (const TargetRef& target : task.targets) targets_.try_emplace(target);
    ++view_.generation;
  }

  HostView& view() { return view_; }

  void begin(const Notice& notice) {
    now = notice.seen_at;
    state = begin_drain(notice, policy, seed_);
    tell_host();
  }

  // One tenth of a second of everything.
  void step() {
    now += 100ms;
    if (registers_again_at && now >= *registers_again_at) {
      for (const TaskView& task : view_.tasks) {
        if (ends_.count(task.arn) > 0) continue;
        for (const TargetRef& target : task.targets) targets_[target] = {};
      }
      registered_again_at_ = now;
      registers_again_at.reset();
    }
    move_services();
    const bool changed = end_containers();
    answer_calls();
    if (changed || steps_ % 10 == 0) tell_host();
    tell(LogsSeen{last_end_ && now >= *last_end_ + logs_take ? 0U : last_end_ ? 1000U : 0U});
    ++steps_;
  }

  // On until it is over, or some time past the deadline.
  void run() {
    while (!state.finished_at && now < state.deadline() + 60s) step();
  }

  void run_for(Duration duration) {
    for (const TimePoint end = now + duration; now < end;) step();
  }

  void hear(const Notice& notice) { tell(NoticeHeard{notice}); }
  void dismiss() { tell(Dismissed{}); }

  // The agent is killed and started again: calls under way may or may not have had their effect.
  void restart(const std::function<DrainState(const DrainState&)>& reload) {
    for (const Pending& call : pending_) {
      if (random_() % 2 == 0) take_effect(call.action);
    }
    pending_.clear();
    state = reload(state);
    tell_host();
  }

  // What came to pass.
  [[nodiscard]] std::optional<TimePoint> term_at(const std::string& task) const { return find(terms_, task); }
  [[nodiscard]] std::optional<TimePoint> end_at(const std::string& task) const { return find(ends_, task); }
  [[nodiscard]] std::optional<TimePoint> draining_at() const { return draining_at_; }
  [[nodiscard]] std::optional<TimePoint> registered_again_at() const { return registered_again_at_; }
  [[nodiscard]] bool killed(const std::string& task) const { return killed_.count(task) > 0; }
  // How the targets of a task stood at its SIGTERM.
  [[nodiscard]] TargetStanding standing_at_term(const std::string& task) const { return standing_.at(task); }
  [[nodiscard]] TargetStanding standing(const TargetRef& ref) const {
    const SimulatedTarget& target = targets_.at(ref);
    if (!target.deregistered_at) return TargetStanding::registered;
    return now >= *target.deregistered_at + deregistration_delay ? TargetStanding::out
                                                                 : TargetStanding::draining;
  }
  [[nodiscard]] std::optional<TimePoint> notified_at(const std::string& task) const {
    return find(notified_, task);
  }
  [[nodiscard]] std::optional<TimePoint> left_discovery_at(const std::string& subject) const {
    return find(left_discovery_, subject);
  }
  [[nodiscard]] std::optional<TimePoint> completed_at(const std::string& hook) const {
    return find(hooks_completed_, hook);
  }
  [[nodiscard]] const std::vector<TimePoint>& beats() const { return beats_; }
  [[nodiscard]] std::size_t calls(DrainCall call) const {
    const auto found = calls_.find(call);
    return found == calls_.end() ? 0 : found->second;
  }

  DrainPolicy policy;
  DrainState state;
  TimePoint now = kNoon;
  std::vector<std::pair<TimePoint, DrainAction>> log;
  std::vector<std::pair<TimePoint, Milestone>> milestones;

 private:
  struct SimulatedTarget {
    std::optional<TimePoint> deregistered_at;
  };
  struct Pending {
    DrainAction action;
    TimePoint due;
  };
  struct Ending {
    TimePoint term_at;
    TimePoint kill_at;
    bool begun = false;
  };
  using Times = std::map<std::string, TimePoint>;

  static std::optional<TimePoint> find(const Times& times, const std::string& task) {
    const auto found = times.find(task);
    return found == times.end() ? std::nullopt : std::optional{found->second};
  }

  void tell_host() {
    for (const TaskView& task : view_.tasks) {
      for (const TargetRef& target : task.targets) {
        if (delays_known) view_.target_groups[target.group_arn].deregistration_delay = deregistration_delay;
      }
    }
    tell(HostSeen{view_});
  }

  void tell(const DrainEvent& event) {
    const DrainTurn turn = advance(state, event, policy, now);
    for (const DrainAction& action : turn.start) {
      log.emplace_back(now, action);
      ++calls_[action.call];
      pending_.push_back({action, now + latency});
    }
    for (const Milestone& milestone : turn.milestones) milestones.emplace_back(now, milestone);
  }

  void answer_calls() {
    std::vector<Pending> due;
    std::erase_if(pending_, [&](const Pending& call) {
      if (call.due > now) return false;
      due.push_back(call);
      return true;
    });
    for (const Pending& call : due) tell(answer(call.action));
  }

  CallEnded answer(const DrainAction& action) {
    CallEnded ended{action, std::nullopt, {}};
    if (const auto found = broken.find(action.call); found != broken.end()) {
      ended.error = Error{found->second, "broken"};
      return ended;
    }
    // The engine is on this host: it fails more seldom than AWS.
    const double rate = action.call == DrainCall::stop_locally ? failure_rate / 4 : failure_rate;
    if (std::uniform_real_distribution<>{0, 1}(random_) < rate) {
      constexpr std::array kWays = {Errc::timeout, Errc::throttled, Errc::unavailable, Errc::malformed};
      ended.error = Error{kWays.at(random_() % kWays.size()), "by chance"};
      if (random_() % 2 == 0) take_effect(action);
      return ended;
    }
    take_effect(action);
    if (action.call == DrainCall::check_health) {
      for (const TargetRef& target : action.targets) ended.health.push_back({target, standing(target)});
    }
    if (action.call == DrainCall::ask_status)
      ended.status = draining_at_ || drained_by_another ? "DRAINING" : "ACTIVE";
    if (action.call == DrainCall::ask_protection) ended.protected_tasks = protected_tasks;
    if (action.call == DrainCall::find_hooks) ended.lifecycle = lifecycle;
    return ended;
  }

  void take_effect(const DrainAction& action) {
    switch (action.call) {
      case DrainCall::set_draining:
        if (!draining_at_) draining_at_ = now;
        return;
      case DrainCall::deregister:
        for (const TargetRef& target : action.targets) {
          if (!targets_[target].deregistered_at) targets_[target].deregistered_at = now;
        }
        return;
      case DrainCall::set_active:
        draining_at_.reset();
        return;
      case DrainCall::leave_discovery:
        left_discovery_.try_emplace(subject_of(action.discovery), now);
        return;
      case DrainCall::notify_task:
        notified_.try_emplace(action.task_arn, now);
        return;
      case DrainCall::complete_hook:
        hooks_completed_.try_emplace(action.subject, now);
        return;
      case DrainCall::heartbeat:
        beats_.push_back(now);
        return;
      case DrainCall::ask_status:
      case DrainCall::ask_backlog:
      case DrainCall::ask_protection:
      case DrainCall::find_hooks:
      case DrainCall::check_health:
        return;
      case DrainCall::stop_task:
        if (!ecs_agent_dead) send_term(action.task_arn, agent_delay, facts_.at(action.task_arn).stop_timeout);
        return;
      case DrainCall::stop_locally:
        send_term(action.task_arn, 0s, action.patience);
        return;
    }
  }

  void send_term(const std::string& task, Duration delay, Duration patience) {
    const TimePoint at = now + delay;
    const auto [found, is_new] = endings_.try_emplace(task, Ending{at, at + patience, false});
    if (!is_new) found->second.kill_at = std::min(found->second.kill_at, at + patience);
  }

  // As ECS does on a DRAINING instance: a replacement elsewhere, out of the load balancer, then SIGTERM.
  void move_services() {
    if (!draining_at_ || ecs_moves_after == 0s) return;
    for (const TaskView& task : view_.tasks) {
      const bool spared =
          std::find(protected_tasks.begin(), protected_tasks.end(), task.arn) != protected_tasks.end();
      if (task.kind != TaskKind::service || spared || endings_.count(task.arn) > 0) continue;
      if (now < *draining_at_ + ecs_moves_after) continue;
      for (const TargetRef& target : task.targets) {
        if (!targets_[target].deregistered_at) targets_[target].deregistered_at = now;
      }
      if (now < *draining_at_ + ecs_moves_after + (task.targets.empty() ? 0s : deregistration_delay))
        continue;
      send_term(task.arn, agent_delay, facts_.at(task.arn).stop_timeout);
    }
  }

  bool end_containers() {
    bool changed = false;
    for (TaskView& task : view_.tasks) {
      const auto ending = endings_.find(task.arn);
      if (ending == endings_.end() || ends_.count(task.arn) > 0 || now < ending->second.term_at) continue;
      if (!ending->second.begun) note_term(task, ending->second);
      const TimePoint by_itself = ending->second.term_at + facts_.at(task.arn).ends_after;
      if (now < std::min(by_itself, ending->second.kill_at)) continue;
      if (by_itself > ending->second.kill_at) killed_[task.arn] = now;
      ends_[task.arn] = now;
      last_end_ = now;
      if (facts_.at(task.arn).begins) task.containers.front().state = ContainerState::exited;
      ++view_.generation;
      changed = true;
    }
    return changed;
  }

  void note_term(const TaskView& task, Ending& ending) {
    ending.begun = true;
    terms_[task.arn] = now;
    TargetStanding worst = TargetStanding::out;
    for (const TargetRef& target : task.targets) worst = std::min(worst, standing(target));
    standing_[task.arn] = worst;
  }

  std::mt19937_64 random_;
  const std::uint64_t seed_;
  HostView view_;
  std::map<std::string, SimulatedTask> facts_;
  std::map<TargetRef, SimulatedTarget> targets_;
  std::map<std::string, Ending> endings_;
  Times terms_;
  Times ends_;
  Times killed_;
  std::map<std::string, TargetStanding> standing_;
  Times notified_;
  Times left_discovery_;
  Times hooks_completed_;
  std::vector<TimePoint> beats_;
  std::optional<TimePoint> draining_at_;
  std::optional<TimePoint> registered_again_at_;
  std::optional<TimePoint> last_end_;
  std::vector<Pending> pending_;
  std::map<DrainCall, std::size_t> calls_;
  int steps_ = 0;
};

}  // namespace hakoban
