#include "benchmarks/termination/correlated_loss.h"

#include <algorithm>
#include <memory>

#include <fmt/format.h>

#include "benchmarks/termination/desk_model.h"

namespace hakoban::bench {

namespace {

const TimePoint kStart = TimePoint{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23} + 12h};

class Furnisher {
 public:
  Furnisher(std::uint64_t seed, std::size_t services) : random_(seed), services_(services) {}

  // Four tasks behind load balancers, a worker without, two batch jobs, a logging daemon, and the agent
  // itself.
  void furnish(FleetHost& host, std::size_t number) {
    for (int task = 0; task < 4; ++task) add_web(host, number, task);
    host.add("worker", {TaskKind::service, {}, pick({30s, 30s, 60s}), up_to(25s), false});
    for (int job = 0; job < 2; ++job) {
      host.add(fmt::format("job-{}", job), {TaskKind::batch, {}, pick({30s, 60s, 90s}), up_to(80s), false});
    }
    host.add("logger", {TaskKind::daemon, {}, 30s, 1s, false});
    host.add("self", {TaskKind::daemon, {}, 30s, 1s, true});
  }

 private:
  Duration pick(std::initializer_list<Duration> choices) {
    return *(choices.begin() + random_() % choices.size());
  }
  Duration up_to(Duration most) { return Duration{static_cast<Duration::rep>(random_() % most.count())}; }

  void add_web(FleetHost& host, std::size_t number, int task) {
    const std::size_t service = random_() % services_;
    const std::string group = fmt::format("arn:group/{}", service);
    // By service: half have a tuned delay, a fifth ELB's default.
    constexpr std::array kDelays = {15s, 30s, 30s, 60s, 300s};
    host.know_group(group, kDelays.at(service % kDelays.size()));
    const TargetRef target{group, fmt::format("i-{}", number), static_cast<std::uint16_t>(32768 + task)};
    host.add(fmt::format("web-{}", task),
             {TaskKind::service, {target}, pick({20s, 30s, 30s, 60s}), up_to(20s), false});
  }

  std::mt19937_64 random_;
  const std::size_t services_;
};

double percentile(std::vector<Duration> values, double share) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const auto place = static_cast<std::size_t>(share * static_cast<double>(values.size() - 1) + 0.5);
  return as_seconds(values.at(place));
}

LossResult sum_up(const std::vector<std::unique_ptr<FleetHost>>& hosts, const AccountModel& account,
                  Duration budget) {
  LossResult result;
  result.hosts = hosts.size();
  std::vector<Duration> draining;
  std::vector<Duration> deregistered;
  Duration slack = budget;
  for (const auto& host : hosts) {
    const FleetOutcome outcome = host->outcome();
    result.tasks += outcome.tasks;
    result.missed_deadlines += outcome.missed ? 1 : 0;
    result.tasks_cut_off += outcome.tasks_cut_off;
    result.killed_while_registered += outcome.killed_while_registered;
    result.before_propagation += outcome.before_propagation;
    result.cut_short += outcome.cut_short;
    draining.push_back(outcome.draining.value_or(budget));
    deregistered.insert(deregistered.end(), outcome.deregistered.begin(), outcome.deregistered.end());
    slack = std::min(slack, outcome.slack);
  }
  result.p99_draining_s = percentile(std::move(draining), 0.99);
  result.p99_deregister_s = percentile(std::move(deregistered), 0.99);
  result.least_slack_s = as_seconds(slack);
  result.calls = account.counts();
  return result;
}

}  // namespace

std::string_view name_of(Desk desk) {
  switch (desk) {
    case Desk::none:
      return "none";
    case Desk::up:
      return "up";
    case Desk::late:
      return "late";
  }
  return "unknown";
}

LossResult simulate_loss(const LossConfig& config) {
  EventQueue queue{kStart};
  AccountModel account{config.account, config.seed};
  DeskModel desk{queue, account, config.desk == Desk::late ? kStart + 20s : kStart};
  Furnisher furnisher{config.seed, config.services};
  std::mt19937_64 random{config.seed};
  std::vector<std::unique_ptr<FleetHost>> hosts;
  for (std::size_t number = 0; number < config.hosts; ++number) {
    hosts.push_back(std::make_unique<FleetHost>(queue, account, config.desk == Desk::none ? nullptr : &desk,
                                                config.policy, config.host, config.seed * 100000 + number));
    furnisher.furnish(*hosts.back(), number);
    const double place = std::uniform_real_distribution<>{0, 1}(random);
    const auto at = Duration{static_cast<Duration::rep>(static_cast<double>(config.spread.count()) * place)};
    hosts.back()->reclaim(kStart + at, config.budget);
  }
  queue.run();
  return sum_up(hosts, account, config.budget);
}

}  // namespace hakoban::bench
