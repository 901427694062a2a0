// Runs one scaler through a trace and measures what came of it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "benchmarks/fleet/scaler.h"

namespace hakoban::fleet_sim {

struct Sample {
  Seconds at = 0;
  double demand = 0;   // hosts' worth, packed without loss
  double ready = 0;    // hosts at work
  double all = 0;      // hosts paid
  double waiting = 0;  // jobs
};

struct Outcome {
  std::string name;
  double wait_p50 = 0;  // seconds, of all jobs
  double wait_p99 = 0;
  double wait_p999 = 0;
  double wait_mean = 0;
  double waited_share = 0;  // of jobs that waited at all
  double unplaced_service_minutes = 0;
  double instance_hours = 0;
  double jobs = 0;
  double jobs_lost = 0;
  double flaps = 0;  // changes of direction of the number of hosts wanted within ten minutes
  double calls_a_minute = 0;
  std::map<std::string, double> calls;  // a minute, by bucket
  std::vector<Sample> samples;          // one a minute, without the warm-up
};

[[nodiscard]] Outcome simulate(const Trace& trace, ClusterConfig config, Scaler& scaler,
                               std::int64_t first_hosts);

// The value below which `share` of the values lie; 0 of none.
[[nodiscard]] double quantile(std::vector<double> values, double share);

// Turns from growing to shrinking or back within `within` of one another.
[[nodiscard]] double count_flaps(const std::vector<std::int64_t>& by_second, Seconds within);

}  // namespace hakoban::fleet_sim
