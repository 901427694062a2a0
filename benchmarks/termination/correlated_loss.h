// Many hosts of one cluster lose their instance together: one run of the simulation, and what came of it.
#pragma once

#include <cstdint>
#include <string>

#include "benchmarks/termination/account_model.h"
#include "benchmarks/termination/fleet_host.h"

namespace hakoban::bench {

enum class Desk { none, up, late };  // the coordinator: not set, there, or only after twenty seconds

[[nodiscard]] std::string_view name_of(Desk desk);

struct LossConfig {
  std::size_t hosts = 1;
  Duration spread = 60s;  // notices come evenly within this
  Duration budget = 120s;
  Desk desk = Desk::up;
  std::uint64_t seed = 1;
  std::size_t services = 30;  // with a target group each, in the cluster
  DrainPolicy policy;
  FleetHostConfig host;
  AccountConfig account;
};

struct LossResult {
  std::size_t hosts = 0;
  std::size_t tasks = 0;
  std::size_t missed_deadlines = 0;  // hosts
  std::size_t tasks_cut_off = 0;
  std::size_t killed_while_registered = 0;
  std::size_t before_propagation = 0;
  std::size_t cut_short = 0;
  double p99_draining_s = 0;
  double p99_deregister_s = 0;
  double least_slack_s = 0;
  std::map<std::string, CallCount, std::less<>> calls;
};

[[nodiscard]] LossResult simulate_loss(const LossConfig& config);

}  // namespace hakoban::bench
