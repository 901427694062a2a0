#include "benchmarks/termination/fleet_host.h"

#include <algorithm>

#include <fmt/format.h>

#include "benchmarks/termination/desk_model.h"

namespace hakoban::bench {

namespace {

constexpr Duration kDocker = 40ms;
constexpr Duration kNetwork = 5ms;      // to the coordinator and back
constexpr Duration kAskAgain = 300ms;   // handlers/drain/shared_calls.cpp
constexpr Duration kLogsTake = 1500ms;  // from the last end of a task until its logs are in S3

std::string_view action_of(DrainCall call) {
  switch (call) {
    case DrainCall::set_draining:
      return "UpdateContainerInstancesState";
    case DrainCall::deregister:
      return "DeregisterTargets";
    case DrainCall::check_health:
      return "DescribeTargetHealth";
    case DrainCall::stop_task:
      return "StopTask";
    default:
      return "docker stop";
  }
}

Bucket bucket_of(DrainCall call) {
  if (call == DrainCall::check_health) return Bucket::elb_read;
  return call == DrainCall::deregister ? Bucket::elb_registration : Bucket::ecs_modify;
}

CallEnded ended_well(const DrainAction& action) {
  CallEnded ended;
  ended.action = action;
  return ended;
}

std::optional<Error> error_of(Verdict verdict) {
  if (verdict == Verdict::served) return std::nullopt;
  if (verdict == Verdict::throttled) return Error{Errc::throttled, "Rate exceeded"};
  return Error{Errc::unavailable, "internal failure"};
}

}  // namespace

FleetHost::FleetHost(EventQueue& queue, AccountModel& account, DeskModel* desk, const DrainPolicy& policy,
                     const FleetHostConfig& config, std::uint64_t number)
    : queue_(queue),
      account_(account),
      desk_(desk),
      policy_(policy),
      config_(config),
      number_(number),
      random_(number) {
  view_.generation = 1;
  view_.containers_known = true;
  view_.ecs = {"prod", fmt::format("arn:instance/{}", number), "1.105.1"};
  if (desk_ != nullptr) desk_->know(view_.ecs.container_instance_arn, *this);
}

void FleetHost::add(const std::string& name, const FleetTask& task) {
  TaskView view;
  view.arn = fmt::format("arn:task/{}/{}", number_, name);
  view.id = name;
  view.family = name;
  view.cluster = "prod";
  view.kind = task.kind;
  view.targets = task.targets;
  view.own = task.own;
  view.last_status = "RUNNING";
  ContainerView container;
  container.id = "c-" + view.arn;
  container.state = ContainerState::running;
  container.stop_timeout = task.stop_timeout;
  container.task_arn = view.arn;
  view.containers.push_back(container);
  view_.tasks.push_back(view);
  tasks_[view.arn].task = task;
  for (const TargetRef& target : task.targets) {
    deregistered_.try_emplace(target);
    if (desk_ != nullptr) desk_->know(target, *this);
  }
}

void FleetHost::know_group(const std::string& group, Duration deregistration_delay) {
  view_.target_groups[group] = {"instance", deregistration_delay};
}

void FleetHost::reclaim(TimePoint at, Duration budget) {
  noticed_at_ = at;
  deadline_ = at + budget;
  const double dice = std::uniform_real_distribution<>{0, 1}(random_);
  const auto seen =
      Duration{static_cast<Duration::rep>(static_cast<double>(config_.poll_interval.count()) * dice)};
  queue_.at(at + seen, [this] { notice(); });
}

void FleetHost::notice() {
  Notice notice;
  notice.id = "spot-interruption";
  notice.action = "terminate";
  notice.deadline = deadline_;
  notice.seen_at = queue_.now();
  state_ = begin_drain(notice, policy_, random_());
  turn();
}

void FleetHost::turn() {
  if (queue_.now() > deadline_) return;  // EC2 has taken the host
  if (view_changed_ || turns_++ % 4 == 0) {
    view_changed_ = false;
    tell(HostSeen{view_});
  } else {
    tell(TimePassed{});
  }
  const bool logs_left = last_end_ && queue_.now() < *last_end_ + kLogsTake;
  tell(LogsSeen{logs_left ? 1000U : 0U});
  if (!state_->finished_at) queue_.after(config_.turn, [this] { turn(); });
}

void FleetHost::tell(const DrainEvent& event) {
  const DrainTurn turn = advance(*state_, event, policy_, queue_.now());
  for (const DrainAction& action : turn.start) start(action);
}

void FleetHost::start(const DrainAction& action) {
  if (action.call == DrainCall::stop_locally) return begin_local(action);
  if (under_way_ < config_.calls_at_once) return begin(action);
  waiting_.push_back(action);
}

void FleetHost::begin(const DrainAction& action) {
  ++under_way_;
  const bool shared = action.call == DrainCall::set_draining || action.call == DrainCall::deregister;
  if (shared && desk_ != nullptr && desk_->reachable()) return ask_desk(action);
  begin_aws(action);
}

void FleetHost::begin_aws(const DrainAction& action) {
  const Duration latency = account_.latency();
  queue_.after(latency / 2, [this, action, latency] {
    const Verdict verdict = account_.judge(bucket_of(action.call), action_of(action.call), queue_.now());
    if (verdict == Verdict::served || verdict == Verdict::served_but_failed) take_effect(action);
    if (latency > config_.call_timeout) {
      return answer_later(action, config_.call_timeout - latency / 2, Error{Errc::timeout, "no answer"});
    }
    answer_later(action, latency / 2, error_of(verdict));
  });
}

void FleetHost::ask_desk(const DrainAction& action) {
  // The id of a wish stays until it is answered, as in handlers/drain/shared_calls.cpp.
  std::string& id = asked_[action.subject];
  if (id.empty()) id = fmt::format("{}-{}", number_, ++ids_);
  queue_.after(kNetwork, [this, action, id, limit = queue_.now() + config_.call_timeout] {
    ask_again(action, id, limit);
  });
}

void FleetHost::ask_again(const DrainAction& action, const std::string& id, TimePoint give_up_at) {
  std::vector<DeskItem> items;
  if (action.call == DrainCall::set_draining) items.push_back({action.cluster, action.subject, {}});
  for (const TargetRef& target : action.targets) items.push_back({"", "", target});
  const DeskAnswer answer = desk_->ask(id, items);
  if (answer.standing != DeskStanding::pending) asked_.erase(action.subject);
  if (answer.standing == DeskStanding::failed) return answer_later(action, kNetwork, answer.error);
  if (answer.standing == DeskStanding::done) return answer_later(action, kNetwork, std::nullopt);
  if (queue_.now() >= give_up_at) return answer_later(action, kNetwork, Error{Errc::timeout, "no answer"});
  queue_.after(kAskAgain, [this, action, id, give_up_at] { ask_again(action, id, give_up_at); });
}

void FleetHost::begin_local(const DrainAction& action) {
  queue_.after(kDocker, [this, action] {
    send_term(action.task_arn, action.patience);
    const Truth& truth = tasks_.at(action.task_arn);
    const TimePoint over = std::min(*truth.term_at + truth.task.ends_after, *truth.kill_at);
    queue_.at(over + kDocker, [this, action] { tell(ended_well(action)); });
  });
}

void FleetHost::answer_later(const DrainAction& action, Duration wait, std::optional<Error> error) {
  queue_.after(wait, [this, action, error = std::move(error)] { answered(action, error); });
}

void FleetHost::answered(const DrainAction& action, const std::optional<Error>& error) {
  --under_way_;
  CallEnded ended = ended_well(action);
  ended.error = error;
  if (!error && action.call == DrainCall::check_health) {
    for (const TargetRef& target : action.targets) ended.health.push_back({target, standing(target)});
  }
  if (queue_.now() <= deadline_) tell(ended);
  if (!waiting_.empty() && under_way_ < config_.calls_at_once) {
    const DrainAction next = waiting_.front();
    waiting_.pop_front();
    begin(next);
  }
}

void FleetHost::take_effect(const DrainAction& action) {
  if (action.call == DrainCall::set_draining) set_draining();
  if (action.call == DrainCall::deregister) {
    for (const TargetRef& target : action.targets) deregister(target);
  }
  if (action.call != DrainCall::stop_task) return;
  // The ECS agent hears of it through its own connection.
  const auto delay = std::chrono::milliseconds{200 + random_() % 1300};
  queue_.after(delay, [this, task = action.task_arn] { send_term(task, tasks_.at(task).task.stop_timeout); });
}

void FleetHost::set_draining() {
  if (!draining_at_) draining_at_ = queue_.now();
}

void FleetHost::deregister(const TargetRef& target) {
  auto& at = deregistered_.at(target);
  if (!at) at = queue_.now();
}

void FleetHost::send_term(const std::string& arn, Duration patience) {
  Truth& truth = tasks_.at(arn);
  const TimePoint now = queue_.now();
  if (truth.ended_at || now > deadline_) return;
  const TimePoint kill_at = now + patience;
  if (!truth.term_at) {
    truth.term_at = now;
    for (const TargetRef& target : truth.task.targets) {
      const auto& out = deregistered_.at(target);
      truth.registered_at_term |= !out;
      truth.propagating_at_term |= out && now < *out + config_.propagation;
    }
    queue_.after(truth.task.ends_after, [this, arn] { end(arn); });
  }
  if (truth.kill_at && *truth.kill_at <= kill_at) return;
  truth.kill_at = kill_at;
  queue_.at(kill_at, [this, arn, kill_at] {
    Truth& late = tasks_.at(arn);
    if (late.ended_at || kill_at > deadline_) return;
    late.timed_out = kill_at - *late.term_at >= late.task.stop_timeout - 500ms;
    late.cut_short = !late.timed_out;
    end(arn);
  });
}

void FleetHost::end(const std::string& arn) {
  Truth& truth = tasks_.at(arn);
  if (truth.ended_at || queue_.now() > deadline_) return;
  truth.ended_at = queue_.now();
  last_end_ = queue_.now();
  for (TaskView& task : view_.tasks) {
    if (task.arn == arn) task.containers.front().state = ContainerState::exited;
  }
  ++view_.generation;
  view_changed_ = true;
}

TargetStanding FleetHost::standing(const TargetRef& target) const {
  const auto& at = deregistered_.at(target);
  if (!at) return TargetStanding::registered;
  const Duration delay = view_.target_groups.at(target.group_arn).deregistration_delay;
  return queue_.now() >= *at + delay ? TargetStanding::out : TargetStanding::draining;
}

FleetOutcome FleetHost::outcome() const {
  FleetOutcome outcome;
  outcome.missed = !state_ || summarize(*state_).missed;
  if (draining_at_) outcome.draining = *draining_at_ - noticed_at_;
  for (const auto& [target, at] : deregistered_)
    outcome.deregistered.push_back(at.value_or(deadline_) - noticed_at_);
  outcome.slack = deadline_ - last_end_.value_or(deadline_);
  for (const auto& [arn, truth] : tasks_) {
    if (truth.task.own) continue;
    ++outcome.tasks;
    const bool still_target = std::any_of(truth.task.targets.begin(), truth.task.targets.end(),
                                          [&](const TargetRef& each) { return !deregistered_.at(each); });
    outcome.tasks_cut_off += truth.ended_at ? 0 : 1;
    outcome.killed_while_registered += truth.registered_at_term || (!truth.ended_at && still_target) ? 1 : 0;
    outcome.before_propagation += truth.propagating_at_term ? 1 : 0;
    outcome.killed_by_timeout += truth.timed_out ? 1 : 0;
    outcome.cut_short += truth.cut_short ? 1 : 0;
  }
  outcome.missed |= outcome.tasks_cut_off > 0;
  return outcome;
}

}  // namespace hakoban::bench
