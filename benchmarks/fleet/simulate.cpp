#include "benchmarks/fleet/simulate.h"

#include <algorithm>
#include <numeric>

namespace hakoban::fleet_sim {
namespace {

Sample sample_of(const Cluster& cluster) {
  Sample sample;
  sample.at = cluster.now() - cluster.trace().warm_up;
  sample.demand = cluster.demand_in_hosts();
  for (const auto& host : cluster.hosts())
    if (host.state == HostState::active) ++sample.ready;
  sample.all = static_cast<double>(cluster.alive());
  sample.waiting = static_cast<double>(cluster.waiting_jobs().size());
  return sample;
}

}  // namespace

double quantile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  const auto at =
      std::min(values.size() - 1, static_cast<std::size_t>(share * static_cast<double>(values.size())));
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(at), values.end());
  return values[at];
}

double count_flaps(const std::vector<std::int64_t>& by_second, Seconds within) {
  double flaps = 0;
  int direction = 0;
  std::size_t turned = 0;
  for (std::size_t i = 1; i < by_second.size(); ++i) {
    const auto change = by_second[i] - by_second[i - 1];
    if (change == 0) continue;
    const int now = change > 0 ? 1 : -1;
    if (direction != 0 && now != direction && static_cast<Seconds>(i - turned) <= within) ++flaps;
    direction = now;
    turned = i;
  }
  return flaps;
}

Outcome simulate(const Trace& trace, ClusterConfig config, Scaler& scaler, std::int64_t first_hosts) {
  Cluster cluster{trace, config, first_hosts};
  Outcome outcome;
  outcome.name = scaler.name();
  std::vector<std::int64_t> wanted;
  std::map<std::string, double> before;
  while (cluster.now() < trace.end) {
    cluster.step();
    scaler.tick(cluster);
    if (cluster.now() == trace.warm_up) before = scaler.calls();
    if (cluster.now() < trace.warm_up) continue;
    // What drains to shrink is not wanted any more.
    const auto draining = std::count_if(cluster.hosts().begin(), cluster.hosts().end(), [](const Host& host) {
      return host.state == HostState::draining && !host.reclaimed;
    });
    wanted.push_back(cluster.desired() - draining);
    if (cluster.now() % 60 == 0) outcome.samples.push_back(sample_of(cluster));
  }
  auto& totals = cluster.totals();
  for (const int job : cluster.waiting_jobs())  // those that never got room count, too
    totals.waits.push_back(static_cast<double>(cluster.now() - cluster.job(job).asked));
  outcome.jobs = static_cast<double>(totals.waits.size());
  outcome.wait_p50 = quantile(totals.waits, 0.5);
  outcome.wait_p99 = quantile(totals.waits, 0.99);
  outcome.wait_p999 = quantile(totals.waits, 0.999);
  outcome.wait_mean =
      std::accumulate(totals.waits.begin(), totals.waits.end(), 0.0) / std::max(1.0, outcome.jobs);
  outcome.waited_share = static_cast<double>(std::count_if(totals.waits.begin(), totals.waits.end(),
                                                           [](double wait) { return wait > 5; })) /
                         std::max(1.0, outcome.jobs);
  outcome.unplaced_service_minutes = totals.unplaced_service_minutes;
  outcome.instance_hours = totals.instance_hours;
  outcome.jobs_lost = static_cast<double>(totals.jobs_lost);
  outcome.flaps = count_flaps(wanted, 600);
  const double minutes = static_cast<double>(trace.end - trace.warm_up) / 60;
  for (const auto& [bucket, calls] : scaler.calls()) {
    outcome.calls[bucket] = (calls - before[bucket]) / minutes;
    outcome.calls_a_minute += outcome.calls[bucket];
  }
  return outcome;
}

}  // namespace hakoban::fleet_sim
