// Sizes a simulated cluster of the talk's scale with the coordinator's own decisions and, side by side, by
// the rules of others; and times a decision upon a very large cluster. See docs/fleet.md for what is modelled
// and how.
//
//   bench_fleet [--quick] [--headroom=PERCENT] [--csv=FOLDER] [--seed=N]
//
// The last line is one JSON object.
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <optional>
#include <string>
#include <thread>

#include <fmt/format.h>
#include <fmt/ostream.h>
#include <nlohmann/json.hpp>

#include "benchmarks/fleet/decide_speed.h"
#include "benchmarks/fleet/hakoban_scaler.h"
#include "benchmarks/fleet/peers.h"
#include "benchmarks/fleet/simulate.h"

namespace {

using namespace hakoban;
using namespace hakoban::fleet_sim;

struct Arguments {
  bool quick = false;
  double headroom = 20;  // per cent of the capacity that each scaler is told to keep free
  std::string csv;
  std::uint64_t seed = 1;
  double gap = 15;           // in_below lies so many points under out_above
  std::int64_t after = 600;  // in_after, seconds
  std::int64_t foresight = 300;
  bool only_hakoban = false;
};

Arguments read_arguments(int count, char** values) {
  Arguments arguments;
  for (int i = 1; i < count; ++i) {
    const std::string text = values[i];
    const auto value = text.substr(text.find('=') + 1);
    if (text == "--quick") arguments.quick = true;
    if (text.starts_with("--headroom=")) arguments.headroom = std::atof(value.c_str());
    if (text.starts_with("--csv=")) arguments.csv = value;
    if (text.starts_with("--gap=")) arguments.gap = std::atof(value.c_str());
    if (text.starts_with("--after=")) arguments.after = std::atoll(value.c_str());
    if (text.starts_with("--foresight=")) arguments.foresight = std::atoll(value.c_str());
    if (text == "--only-hakoban") arguments.only_hakoban = true;
    if (text.starts_with("--seed=")) arguments.seed = std::strtoull(value.c_str(), nullptr, 10);
  }
  return arguments;
}

// As long as reservation may go up, the rest is kept free: every scaler's own way to say so.
std::vector<std::unique_ptr<Scaler>> scalers_of(const Arguments& arguments) {
  const double most = 1 - arguments.headroom / 100;
  std::vector<std::unique_ptr<Scaler>> list;
  HakobanConfig hakoban;
  for (auto* policy : {&hakoban.policy.spot, &hakoban.policy.on_demand}) {
    policy->out_above = most;
    policy->in_below = most - arguments.gap / 100;
    policy->in_after = std::chrono::seconds{arguments.after};
  }
  hakoban.policy.foresight = std::chrono::seconds{arguments.foresight};
  list.push_back(std::make_unique<HakobanScaler>(hakoban));
  if (arguments.only_hakoban) return list;
  CapacityProviderConfig provider;
  provider.target_capacity = most * 100;
  list.push_back(std::make_unique<CapacityProvider>(provider));
  ThresholdConfig thresholds;
  thresholds.out_above = most;
  thresholds.in_below = most - 0.15;
  list.push_back(std::make_unique<Threshold>(thresholds));
  EscalatorConfig escalator;
  escalator.scale_up = most * 100;
  escalator.taint_upper = most * 100 - 15;
  escalator.taint_lower = most * 100 - 30;
  list.push_back(std::make_unique<Escalator>(escalator));
  list.push_back(std::make_unique<Everything>());
  return list;
}

void write_csv(const std::string& folder, const Outcome& outcome) {
  std::string name = outcome.name;
  for (char& c : name)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  std::ofstream file{folder + "/" + name + ".csv"};
  file << "seconds,demand,ready,paid,waiting\n";
  for (const auto& sample : outcome.samples)
    fmt::print(file, "{},{:.2f},{},{},{}\n", sample.at, sample.demand, sample.ready, sample.all,
               sample.waiting);
}

void print_table(const std::vector<Outcome>& outcomes) {
  fmt::print("{:<20}{:>9}{:>9}{:>9}{:>9}{:>8}{:>12}{:>11}{:>7}{:>7}{:>9}\n", "", "wait p50", "p99", "p99.9",
             "mean", "waited", "unplaced", "instance", "jobs", "", "calls");
  fmt::print("{:<20}{:>9}{:>9}{:>9}{:>9}{:>8}{:>12}{:>11}{:>7}{:>7}{:>9}\n", "", "s", "s", "s", "s", "%",
             "svc-min", "hours", "lost", "flaps", "a minute");
  for (const auto& each : outcomes)
    fmt::print("{:<20}{:>9.0f}{:>9.0f}{:>9.0f}{:>9.1f}{:>8.2f}{:>12.0f}{:>11.0f}{:>7.0f}{:>7.0f}{:>9.1f}\n",
               each.name, each.wait_p50, each.wait_p99, each.wait_p999, each.wait_mean,
               each.waited_share * 100, each.unplaced_service_minutes, each.instance_hours, each.jobs_lost,
               each.flaps, each.calls_a_minute);
}

std::vector<Outcome> run_all(const Trace& trace, const Arguments& arguments) {
  auto scalers = scalers_of(arguments);
  std::vector<Outcome> outcomes(scalers.size());
  std::vector<std::jthread> threads;
  const auto first = static_cast<std::int64_t>(trace.warm_up > 7200 ? 260 : 40);
  for (std::size_t i = 0; i < scalers.size(); ++i) {
    threads.emplace_back([&, i] {
      ClusterConfig config;
      if (dynamic_cast<CapacityProvider*>(scalers[i].get()) != nullptr)
        config.waiting = Waiting::provisioning;
      outcomes[i] = simulate(trace, config, *scalers[i], first);
    });
  }
  threads.clear();
  return outcomes;
}

// Of the documented refill of each bucket, per cent.
double most_of_quota(const Outcome& outcome) {
  const std::map<std::string, double> refill{
      {"ecs_cluster_read", 20}, {"ecs_service_read", 20}, {"ecs_cluster_modify", 40}};
  double most = 0;
  for (const auto& [bucket, rate] : refill) {
    const auto calls = outcome.calls.find(bucket);
    if (calls != outcome.calls.end()) most = std::max(most, calls->second / (rate * 60) * 100);
  }
  return most;
}

nlohmann::json outcome_json(const Outcome& outcome) {
  return {{"name", outcome.name},
          {"wait_p50_s", outcome.wait_p50},
          {"wait_p99_s", outcome.wait_p99},
          {"wait_mean_s", outcome.wait_mean},
          {"unplaced_service_minutes", outcome.unplaced_service_minutes},
          {"instance_hours", outcome.instance_hours},
          {"jobs", outcome.jobs},
          {"jobs_lost", outcome.jobs_lost},
          {"flaps", outcome.flaps},
          {"calls_per_minute", outcome.calls_a_minute}};
}

}  // namespace

int main(int count, char** values) {
  const auto arguments = read_arguments(count, values);
  double decide = 0;
  for (const auto& each : decide_cases(arguments.quick ? 0.1 : 1)) {
    const auto took = time_decisions(each.snapshot, arguments.quick ? 3 : 15);
    fmt::print("decide, {:<6} median {:.1f} ms, longest {:.1f} ms\n", each.name + ":", took[took.size() / 2],
               took.back());
    decide = std::max(decide, took[took.size() / 2]);
  }
  TraceConfig config;
  config.seed = arguments.seed;
  if (arguments.quick) {
    config.warm_up = 1800;
    config.length = 2 * 3600;
    config.services = 50;
    config.hosts = 60;
    config.jobs_a_day = 16'000;
  }
  const auto outcomes = run_all(make_trace(config), arguments);
  print_table(outcomes);
  if (!arguments.csv.empty())
    for (const auto& each : outcomes) write_csv(arguments.csv, each);
  const std::size_t peer = arguments.only_hakoban ? 0 : 1;
  nlohmann::json result{{"decide_ms", decide},
                        {"wait_p99_s", outcomes[0].wait_p99},
                        {"instance_hours", outcomes[0].instance_hours},
                        {"peer_wait_p99_s", outcomes.at(peer).wait_p99},
                        {"peer_instance_hours", outcomes.at(peer).instance_hours},
                        {"calls_per_minute", outcomes[0].calls_a_minute},
                        {"most_of_a_quota_percent", most_of_quota(outcomes[0])},
                        {"headroom_percent", arguments.headroom},
                        {"seed", arguments.seed}};
  for (const auto& each : outcomes) result["scalers"].push_back(outcome_json(each));
  fmt::print("{}\n", result.dump());
  return 0;
}
