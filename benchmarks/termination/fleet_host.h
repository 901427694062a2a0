// One container instance in the simulation: its agent is the real drain machine (core/termination), its
// tasks, targets and ECS agent are modelled, and its calls go to the modelled account.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "benchmarks/termination/account_model.h"
#include "benchmarks/termination/event_queue.h"
#include "core/termination/drain_machine.h"

namespace hakoban::bench {

class DeskModel;

struct FleetTask {
  TaskKind kind = TaskKind::batch;
  std::vector<TargetRef> targets;
  Duration stop_timeout = 30s;
  Duration ends_after = 5s;  // from SIGTERM; killed when that is longer than what it is given
  bool own = false;
};

struct FleetHostConfig {
  Duration poll_interval = 1s;
  Duration call_timeout = 4s;      // handlers/drain/drain_config.h
  std::size_t calls_at_once = 16;  // handlers/drain/drain_calls.h
  Duration turn = 250ms;           // coarser than the agent's, to simulate many
  // A load balancer's nodes have all heard of a deregistration after this long.
  Duration propagation = 3s;
};

// What came of one host.
struct FleetOutcome {
  std::size_t tasks = 0;                    // without the own one
  bool missed = false;                      // a task still ran at the deadline, or the machine itself says so
  std::size_t tasks_cut_off = 0;            // running when EC2 took the instance
  std::size_t killed_while_registered = 0;  // SIGTERM, or the end of the host, while still a target
  std::size_t before_propagation = 0;       // SIGTERM less than that after the deregistration
  std::size_t killed_by_timeout = 0;        // took longer than its own stop timeout: its own fault
  std::size_t cut_short = 0;                // killed before its stop timeout was over
  std::optional<Duration> draining;         // notice in metadata → instance DRAINING
  std::vector<Duration> deregistered;       // notice in metadata → target deregistered
  Duration slack{};                         // last end of a task → deadline
};

class FleetHost {
 public:
  // All must outlive it. `desk` may be null: no coordinator.
  FleetHost(EventQueue& queue, AccountModel& account, DeskModel* desk, const DrainPolicy& policy,
            const FleetHostConfig& config, std::uint64_t number);

  void add(const std::string& name, const FleetTask& task);
  void know_group(const std::string& group, Duration deregistration_delay);

  // The notice stands in metadata at `at`; EC2 takes the host `budget` later.
  void reclaim(TimePoint at, Duration budget);

  [[nodiscard]] FleetOutcome outcome() const;

  // The desk's calls take effect through these.
  void set_draining();
  void deregister(const TargetRef& target);

 private:
  struct Truth {
    FleetTask task;
    std::optional<TimePoint> term_at;
    std::optional<TimePoint> kill_at;  // of the earliest SIGKILL that is under way
    std::optional<TimePoint> ended_at;
    bool registered_at_term = false;
    bool propagating_at_term = false;
    bool timed_out = false;
    bool cut_short = false;
  };

  void notice();
  void turn();
  void tell(const DrainEvent& event);
  void start(const DrainAction& action);
  void begin(const DrainAction& action);
  void begin_aws(const DrainAction& action);
  void begin_local(const DrainAction& action);
  void ask_desk(const DrainAction& action);
  void ask_again(const DrainAction& action, const std::string& id, TimePoint give_up_at);
  void answer_later(const DrainAction& action, Duration wait, std::optional<Error> error);
  void answered(const DrainAction& action, const std::optional<Error>& error);
  void take_effect(const DrainAction& action);
  void send_term(const std::string& task, Duration patience);
  void end(const std::string& task);
  [[nodiscard]] TargetStanding standing(const TargetRef& target) const;

  EventQueue& queue_;
  AccountModel& account_;
  DeskModel* desk_;
  const DrainPolicy policy_;
  const FleetHostConfig config_;
  const std::uint64_t number_;
  std::mt19937_64 random_;
  HostView view_;
  bool view_changed_ = true;
  std::map<std::string, Truth> tasks_;
  std::map<TargetRef, std::optional<TimePoint>> deregistered_;
  std::optional<DrainState> state_;
  TimePoint noticed_at_;
  TimePoint deadline_;
  std::optional<TimePoint> draining_at_;
  std::optional<TimePoint> last_end_;
  std::deque<DrainAction> waiting_;
  std::size_t under_way_ = 0;
  std::uint64_t turns_ = 0;
  std::uint64_t ids_ = 0;
  std::map<std::string, std::string> asked_;  // ids by subject
};

}  // namespace hakoban::bench
