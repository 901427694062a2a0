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

}  // namespace

int main(int count, char** values) {
  const std::vector<std::string_view> arguments(values + 1, values + count);
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
  print_head();
  for (const Desk desk : desks) {
    for (const Duration spread : spreads) {
      for (const std::size_t hosts : sizes) {
        LossConfig config;
        config.hosts = hosts;
        config.spread = spread;
        config.desk = desk;
        print_row(config, simulate_loss(config));
      }
    }
  }
}
