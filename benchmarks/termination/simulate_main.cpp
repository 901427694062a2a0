// bench_termination [--quick] [--desk none|up|late] [--hosts N] [--spread SECONDS]: correlated loss, one row
// a run; the last line is a JSON object of the worst over all runs that have to pass.
#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <optional>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "benchmarks/termination/chance.h"
#include "benchmarks/termination/correlated_loss.h"

namespace {

using namespace hakoban;
using namespace hakoban::bench;

void print_head() {
  fmt::print("{:>6} {:>7} {:>5} {:>6} {:>6} {:>8} {:>10} {:>11} {:>9} {:>9} {:>10} {:>7}\n", "hosts",
             "spread", "desk", "tasks", "missed", "cut off", "registered", "propagating", "cut short",
             "draining", "deregister", "slack");
}

void print_row(const LossConfig& config, const LossResult& result) {
  fmt::print("{:>6} {:>6.0f}s {:>5} {:>6} {:>6} {:>8} {:>10} {:>11} {:>9} {:>8.2f}s {:>9.2f}s {:>6.1f}s\n",
             result.hosts, as_seconds(config.spread), name_of(config.desk), result.tasks,
             result.missed_deadlines, result.tasks_cut_off, result.killed_while_registered,
             result.before_propagation, result.cut_short, result.p99_draining_s, result.p99_deregister_s,
             result.least_slack_s);
  for (const auto& [action, count] : result.calls) {
    fmt::print("         {:<30} {:>7} calls, {:>6} over quota, {:>5} failed by chance\n", action, count.calls,
               count.over_quota, count.by_chance);
  }
  std::fflush(stdout);
}

std::optional<std::string_view> option(const std::vector<std::string_view>& arguments,
                                       std::string_view name) {
  const auto found = std::find(arguments.begin(), arguments.end(), name);
  if (found == arguments.end() || found + 1 == arguments.end()) return std::nullopt;
  return *(found + 1);
}

template <class Number>
Number number(std::string_view text) {
  Number value{};
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

int tell_chance(std::size_t drains) {
  const ChanceResult result = live_by_chance(drains);
  fmt::print("{{\"drains\": {}, \"faulty\": {}, \"missed_deadlines\": {}}}\n", result.drains, result.faulty,
             result.missed_deadlines);
  return result.faulty == 0 ? 0 : 1;
}

// Over the runs with the coordinator's desk up: those of up to 500 hosts have to pass, and how many did at
// most.
class Verdicts {
 public:
  void add(const LossConfig& config, const LossResult& result) {
    if (config.desk != Desk::up) return;
    const std::size_t bad = result.missed_deadlines + result.killed_while_registered;
    if (bad > 0) least_failing_ = std::min(least_failing_, config.hosts);
    if (bad == 0) passed_.push_back(config.hosts);
    if (config.hosts > kHasToPass) return;
    missed_ += result.missed_deadlines;
    killed_ += result.killed_while_registered;
    if (config.hosts < kHasToPass) return;
    draining_ = std::max(draining_, result.p99_draining_s);
    deregister_ = std::max(deregister_, result.p99_deregister_s);
  }

  void print() const {
    std::size_t at_once = 0;
    for (const std::size_t hosts : passed_) {
      if (hosts < least_failing_) at_once = std::max(at_once, hosts);
    }
    fmt::print(
        "{{\"missed_deadlines\": {}, \"killed_while_registered\": {}, \"hosts_at_once\": {}, "
        "\"simulated_p99_draining_s\": {:.2f}, \"simulated_p99_deregister_s\": {:.2f}}}\n",
        missed_, killed_, at_once, draining_, deregister_);
  }

 private:
  static constexpr std::size_t kHasToPass = 500;

  std::size_t missed_ = 0;
  std::size_t killed_ = 0;
  std::size_t least_failing_ = static_cast<std::size_t>(-1);
  std::vector<std::size_t> passed_;
  double draining_ = 0;
  double deregister_ = 0;
};

}  // namespace

int main(int count, char** values) {
  const std::vector<std::string_view> arguments(values + 1, values + count);
  if (const auto drains = option(arguments, "--chance")) return tell_chance(number<std::size_t>(*drains));
  const bool quick = std::find(arguments.begin(), arguments.end(), "--quick") != arguments.end();
  std::vector<std::size_t> sizes = {1, 50, 200, 500};
  if (!quick) sizes.push_back(1000);
  if (const auto hosts = option(arguments, "--hosts")) sizes = {number<std::size_t>(*hosts)};
  std::vector<Duration> spreads = {60s, 5s};
  if (const auto spread = option(arguments, "--spread"))
    spreads = {std::chrono::seconds{number<int>(*spread)}};
  std::vector<Desk> desks = {Desk::up, Desk::late, Desk::none};
  if (const auto wanted = option(arguments, "--desk"))
    std::erase_if(desks, [&](Desk desk) { return name_of(desk) != *wanted; });
  Verdicts verdicts;
  print_head();
  for (const Desk desk : desks) {
    for (const Duration spread : spreads) {
      for (const std::size_t hosts : sizes) {
        LossConfig config;
        config.hosts = hosts;
        config.spread = spread;
        config.desk = desk;
        const LossResult result = simulate_loss(config);
        print_row(config, result);
        verdicts.add(config, result);
      }
    }
  }
  verdicts.print();
}
