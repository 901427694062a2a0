// A synthetic day of a large cluster, the same for every scaler: services that follow a day curve, and
// RunTask jobs that come steadily and in bursts.
#pragma once

#include <cstdint>
#include <vector>

namespace hakoban::fleet_sim {

// Seconds since the beginning.
using Seconds = std::int64_t;

struct Size {
  std::int64_t cpu = 0;     // units
  std::int64_t memory = 0;  // MiB
};

struct ServiceTrace {
  Size size;
  std::vector<std::int64_t> desired;  // by minute
};

struct JobTrace {
  Seconds at = 0;
  Seconds runs = 0;
  Size size;
};

struct Reclaim {
  Seconds at = 0;
  double share = 0;  // of the hosts of the zone
  int zone = -1;     // -1: one host of any
};

struct TraceConfig {
  std::uint64_t seed = 1;
  Seconds warm_up = 26 * 3600;  // not measured: a day to learn from, and two hours
  Seconds length = 24 * 3600;   // measured
  int services = 500;
  double hosts = 300;  // worth of services at the highest point of the day
  double jobs_a_day = 80'000;
  double surprises_a_day = 2;  // bursts that no clock tells
  double reclaims_a_day = 12;  // of single hosts; one larger one comes in the afternoon
};

struct Trace {
  Size host;  // what one registers
  Seconds warm_up = 0;
  Seconds end = 0;  // with the warm-up
  std::vector<ServiceTrace> services;
  std::vector<JobTrace> jobs;  // by time
  std::vector<Reclaim> reclaims;
};

[[nodiscard]] Trace make_trace(const TraceConfig& config);

}  // namespace hakoban::fleet_sim
