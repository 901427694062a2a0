#include "benchmarks/fleet/peers.h"

#include <algorithm>
#include <cmath>

namespace hakoban::fleet_sim {
namespace {

bool works(const Host& host) {
  return host.state == HostState::active;
}

std::int64_t count_working(const Cluster& cluster) {
  return std::count_if(cluster.hosts().begin(), cluster.hosts().end(), works);
}

// Draining, not reclaimed: to shrink.
bool shrinks(const Host& host) {
  return host.state == HostState::draining && !host.reclaimed;
}

// Booked (and, of jobs that wait, wanted) share of the working hosts, the larger of CPU and memory; 0 to 1
// and more.
double reservation(const Cluster& cluster, bool with_waiting) {
  double cpu = 0;
  double memory = 0;
  double hosts = 0;
  const Size whole = cluster.trace().host;
  for (const auto& host : cluster.hosts()) {
    if (!works(host)) continue;
    ++hosts;
    cpu += static_cast<double>(whole.cpu - host.cpu_left);
    memory += static_cast<double>(whole.memory - host.memory_left);
  }
  if (with_waiting) {
    for (const int id : cluster.waiting_jobs()) {
      cpu += static_cast<double>(cluster.job(id).size.cpu);
      memory += static_cast<double>(cluster.job(id).size.memory);
    }
    for (const auto& service : cluster.services()) {
      const auto missing = static_cast<double>(std::max<std::int64_t>(0, service.desired - service.running));
      cpu += missing * static_cast<double>(service.size.cpu);
      memory += missing * static_cast<double>(service.size.memory);
    }
  }
  if (hosts == 0) return cpu > 0 || memory > 0 ? 2 : 0;
  return std::max(cpu / (hosts * static_cast<double>(whole.cpu)),
                  memory / (hosts * static_cast<double>(whole.memory)));
}

std::int64_t fits_on_one(const Size& size, const Size& host) {
  return std::max<std::int64_t>(1, std::min(host.cpu / std::max<std::int64_t>(1, size.cpu),
                                            host.memory / std::max<std::int64_t>(1, size.memory)));
}

}  // namespace

std::int64_t instances_needed(const Cluster& cluster) {
  std::map<std::pair<std::int64_t, std::int64_t>, std::int64_t> groups;
  for (const int id : cluster.provisioning()) {
    const Size& size = cluster.job(id).size;
    ++groups[{size.cpu, size.memory}];
  }
  for (const auto& service : cluster.services())
    if (service.desired > service.running)
      groups[{service.size.cpu, service.size.memory}] += service.desired - service.running;
  if (groups.empty())
    return std::count_if(cluster.hosts().begin(), cluster.hosts().end(),
                         [](const Host& host) { return works(host) && host.tasks() > 0; });
  std::int64_t most = 0;
  for (const auto& [size, count] : groups) {
    const auto each = fits_on_one({size.first, size.second}, cluster.trace().host);
    most = std::max(most, (count + each - 1) / each);
  }
  return count_working(cluster) + most;
}

double capacity_provider_reservation(std::int64_t needed, std::int64_t running) {
  if (running == 0) return needed == 0 ? 100 : 200;
  return static_cast<double>(needed) / static_cast<double>(running) * 100;
}

void CapacityProvider::tick(Cluster& cluster) {
  cluster.take_notices();  // nobody listens
  if (cluster.now() % 60 != 0) return;
  const auto needed = instances_needed(cluster);
  const auto running = count_working(cluster);
  const double metric = capacity_provider_reservation(needed, running);
  if (metric > config_.target_capacity) {
    low_ = 0;
    // From zero, two: the metric is 200 of none, and the policy takes it as of one.
    auto wanted = static_cast<std::int64_t>(std::ceil(
        static_cast<double>(std::max<std::int64_t>(1, running)) * metric / config_.target_capacity));
    wanted = std::min(wanted, running + config_.maximum_step);
    if (wanted > cluster.desired())
      cluster.set_desired(std::max(wanted, cluster.desired() + config_.minimum_step));
    return;
  }
  low_ = metric < config_.target_capacity ? low_ + 1 : 0;
  if (low_ >= config_.scale_in_minutes) shrink(cluster, needed);
}

// Managed termination protection: only hosts that run nothing go.
void CapacityProvider::shrink(Cluster& cluster, std::int64_t needed) const {
  const auto wanted = std::max(
      static_cast<std::int64_t>(std::ceil(static_cast<double>(needed) * 100 / config_.target_capacity)),
      static_cast<std::int64_t>(
          std::ceil(static_cast<double>(cluster.desired()) * (1 - config_.scale_in_most))));
  auto surplus = cluster.desired() - wanted;
  std::vector<int> idle;
  for (const auto& host : cluster.hosts())
    if (works(host) && host.tasks() == 0) idle.push_back(host.id);
  for (const int host : idle) {
    if (surplus-- <= 0) return;
    cluster.terminate(host);
  }
}

void Threshold::tick(Cluster& cluster) {
  cluster.take_notices();
  finish_drains(cluster);
  if (cluster.now() % 60 != 0) return;
  const double share = reservation(cluster, false);
  low_ = share < config_.in_below ? low_ + 1 : 0;
  if (cluster.now() - changed_ < config_.cooldown) return;
  const auto hosts = static_cast<double>(count_working(cluster));
  if (share > config_.out_above) {
    const auto wanted = static_cast<std::int64_t>(std::ceil(hosts * share / config_.out_above)) + 1;
    if (wanted <= cluster.desired()) return;
    cluster.set_desired(wanted);
    changed_ = cluster.now();
  } else if (low_ >= config_.in_minutes) {
    auto leave = std::max<std::int64_t>(1, static_cast<std::int64_t>(hosts * config_.in_share));
    for (const auto& host : cluster.hosts()) {  // the oldest first
      if (!works(host)) continue;
      if (leave-- <= 0) break;
      cluster.drain(host.id);
    }
    changed_ = cluster.now();
  }
}

void Threshold::finish_drains(Cluster& cluster) const {
  std::vector<int> empty;
  for (const auto& host : cluster.hosts())
    if (shrinks(host) && host.tasks() == 0) empty.push_back(host.id);
  for (const int host : empty) cluster.terminate(host);
}

std::int64_t escalator_delta(double utilisation, double threshold, std::int64_t nodes) {
  if (nodes == 0) return 1;
  const double worth = 100.0 / static_cast<double>(nodes);
  return static_cast<std::int64_t>(std::ceil((utilisation - threshold) / worth));
}

void Escalator::tick(Cluster& cluster) {
  cluster.take_notices();  // it sees pods that wait by itself
  if (cluster.now() % config_.scan != 0) return;
  remove_tainted(cluster);
  if (locked(cluster)) return;
  const double used = reservation(cluster, true) * 100;
  const auto nodes = count_working(cluster);
  if (used > config_.scale_up)
    grow(cluster, escalator_delta(used, config_.scale_up, nodes));
  else if (used < config_.taint_lower)
    taint(cluster, config_.fast_rate);
  else if (used < config_.taint_upper)
    taint(cluster, config_.slow_rate);
}

bool Escalator::locked(const Cluster& cluster) {
  if (!scaled_up_) return false;
  const auto since = cluster.now() - *scaled_up_;
  const bool came =
      count_working(cluster) + std::count_if(cluster.hosts().begin(), cluster.hosts().end(), shrinks) >=
      cluster.desired();
  if ((since >= config_.cool_down && came) || since >= config_.cool_down_timeout) scaled_up_.reset();
  return scaled_up_.has_value();
}

// Untaints before it buys, the newest taints first.
void Escalator::grow(Cluster& cluster, std::int64_t delta) {
  std::vector<const Host*> tainted;
  for (const auto& host : cluster.hosts())
    if (shrinks(host)) tainted.push_back(&host);
  std::sort(tainted.begin(), tainted.end(),
            [](const Host* left, const Host* right) { return left->drained > right->drained; });
  std::vector<int> back;
  for (const Host* host : tainted)
    if (static_cast<std::int64_t>(back.size()) < delta) back.push_back(host->id);
  for (const int host : back) cluster.undrain(host);
  delta -= static_cast<std::int64_t>(back.size());
  if (delta <= 0) return;
  cluster.set_desired(cluster.desired() + delta);
  scaled_up_ = cluster.now();
}

void Escalator::taint(Cluster& cluster, std::int64_t count) const {
  for (const auto& host : cluster.hosts()) {  // the oldest first
    if (!works(host)) continue;
    if (count-- <= 0) return;
    cluster.drain(host.id);
  }
}

void Escalator::remove_tainted(Cluster& cluster) const {
  std::vector<int> gone;
  for (const auto& host : cluster.hosts()) {
    if (!shrinks(host)) continue;
    const auto since = cluster.now() - host.drained;
    if ((since >= config_.soft_grace && host.tasks() == 0) || since >= config_.hard_grace)
      gone.push_back(host.id);
  }
  for (const int host : gone) cluster.terminate(host);
}

}  // namespace hakoban::fleet_sim
