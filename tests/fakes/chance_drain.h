// One spot interruption as chance has it: a host with random tasks, weather, repeated notices and deaths of
// the agent, all by one seed; and what must hold however it goes.
#pragma once

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/termination/drain_machine.h"
#include "tests/fakes/simulated_host.h"

namespace hakoban {

class ChanceDrain {
 public:
  // What a killed agent knows when it is back (its journal's way); none: it is never killed.
  using Reload = std::function<DrainState(const DrainState&)>;

  explicit ChanceDrain(std::uint64_t seed, Reload reload = {})
      : random_(seed), host_(seed), reload_(std::move(reload)) {
    furnish();
    make_weather();
    deadline_ = kNoon + seconds(20, 120);
    if (reload_) deaths_ = random_() % 4;
  }

  // Lives it to its end. Returns what did not hold, in words; empty when all did.
  std::vector<std::string> run() {
    host_.begin(spot_notice(deadline_));
    while (!host_.state.finished_at && host_.now < deadline_ + 60s) {
      if (random_() % 200 == 0) tell_again();
      if (deaths_ > 0 && random_() % 150 == 0) {
        --deaths_;
        host_.restart(reload_);
      }
      host_.step();
    }
    judge();
    return faults_;
  }

  // Calls that always fail are too bad for some promises.
  void mend_calls() { host_.broken.clear(); }

  [[nodiscard]] const SimulatedHost& host() const { return host_; }

 private:
  Duration seconds(int least, int most) {
    return std::chrono::seconds{std::uniform_int_distribution<>{least, most}(random_)};
  }

  void furnish() {
    constexpr std::array kKinds = {TaskKind::service, TaskKind::service, TaskKind::batch, TaskKind::daemon,
                                   TaskKind::unknown};
    host_.add("self", {TaskKind::daemon, {}, 30s, 2s, true});
    const auto tasks = 1 + random_() % 12;
    for (std::uint64_t number = 0; number < tasks; ++number) {
      SimulatedTask task;
      task.kind = kKinds.at(random_() % kKinds.size());
      task.stop_timeout = seconds(1, 60);
      task.ends_after = seconds(0, 70);
      if (task.kind == TaskKind::service) {
        for (std::uint64_t targets = random_() % 3; targets > 0; --targets) {
          task.targets.push_back({fmt::format("group-{}", random_() % 4), "i-1",
                                  static_cast<std::uint16_t>(1000 + number * 10 + targets)});
        }
      }
      host_.add(fmt::format("task-{}", number), task);
    }
  }

  void make_weather() {
    host_.latency = std::chrono::milliseconds{random_() % 1500};
    host_.deregistration_delay = seconds(0, 200);
    host_.delays_known = random_() % 4 != 0;
    host_.failure_rate = 0.01 * static_cast<double>(random_() % 40);
    host_.ecs_agent_dead = random_() % 10 == 0;
    host_.logs_take = std::chrono::milliseconds{random_() % 4000};
    if (random_() % 4 == 0) host_.registers_again_at = kNoon + seconds(1, 100);
    if (random_() % 8 == 0) host_.broken[DrainCall::set_draining] = Errc::throttled;
    if (random_() % 8 == 0) host_.broken[DrainCall::stop_task] = Errc::unavailable;
    if (random_() % 8 == 0) host_.broken[DrainCall::deregister] = Errc::timeout;
    if (random_() % 8 == 0) host_.broken[DrainCall::check_health] = Errc::denied;
  }

  // The same event once more: as it was, or with another time. Only an earlier one counts.
  void tell_again() {
    TimePoint told = deadline_ + seconds(-3, 60);
    if (told < host_.now + 15s) told = deadline_;
    deadline_ = std::min(deadline_, told);
    Notice again = spot_notice(told);
    again.seen_at = host_.now;
    host_.hear(again);
  }

  void expect(bool holds, const std::string& what) {
    if (!holds) faults_.push_back(what);
  }

  // ECS put targets back a while before `time`: looks at targets that are out are rare, and nobody need have
  // seen it and undone it by then.
  [[nodiscard]] bool just_registered_again(TimePoint time) const {
    const auto again = host_.registered_again_at();
    if (!again || *again > time) return false;
    return host_.broken.contains(DrainCall::check_health) || time - *again < 75s;
  }

  void judge() {
    expect(!host_.term_at("self"), "the own task was stopped");
    expect(host_.state.deadline() == deadline_, "the earliest deadline is not the one that counts");
    expect(host_.state.finished_at.has_value(), "the drain did not end");
    std::map<DrainStep, int> told;
    for (const auto& [at, milestone] : host_.milestones) ++told[milestone.step];
    expect(told[DrainStep::notice_seen] == 1, "not one drain for one event");
    expect(told[DrainStep::drain_finished] <= 1, "a drain that ended twice");
    for (const auto& [arn, progress] : host_.state.tasks) {
      if (!progress.task.own) judge_task(arn, progress.task);
    }
  }

  void judge_task(const std::string& arn, const RunningTask& task) {
    const auto ended = host_.end_at(arn);
    const auto term = host_.term_at(arn);
    expect(ended && *ended <= deadline_, arn + " did not end by the deadline");
    if (!term) return;
    const TimePoint latest = deadline_ - host_.policy.log_reserve - host_.policy.margin - task.stop_timeout;
    if (*term >= latest) return;  // forced
    if (!just_registered_again(*term)) {
      expect(host_.standing_at_term(arn) == TargetStanding::out, arn + " was stopped before it was out");
    }
    if (task.kind != TaskKind::daemon) return;
    for (const auto& [other, progress] : host_.state.tasks) {
      if (progress.task.own || progress.task.kind == TaskKind::daemon) continue;
      const auto end = host_.end_at(other);
      expect(end && *end <= *term, "the daemon " + arn + " was stopped before " + other);
    }
  }

  std::mt19937_64 random_;
  SimulatedHost host_;
  const Reload reload_;
  TimePoint deadline_;
  std::uint64_t deaths_ = 0;
  std::vector<std::string> faults_;
};

}  // namespace hakoban
