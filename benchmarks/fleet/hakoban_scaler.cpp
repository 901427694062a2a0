#include "benchmarks/fleet/hakoban_scaler.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace hakoban::fleet_sim {
namespace {

constexpr const char* kZones[] = {"a", "b", "c"};
// Any day will do; its hours are the trace's.
const TimePoint kBegin{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23}};

TimePoint at(Seconds seconds) {
  return kBegin + std::chrono::seconds{seconds};
}

std::string arn_of(const Host& host) {
  return std::to_string(host.id);
}

TaskNeed need_of(const Size& size) {
  TaskNeed need;
  need.cpu = size.cpu;
  need.memory = size.memory;
  return need;
}

FleetInstance instance_of(const Host& host, const Size& whole) {
  FleetInstance made;
  made.arn = made.ec2_id = arn_of(host);
  made.pool = "batch-and-web";
  made.type = "c5.4xlarge";
  made.zone = kZones[host.zone];
  made.state = host.state == HostState::draining ? InstanceState::draining : InstanceState::active;
  made.leaving = host.reclaimed;
  if (host.state == HostState::draining && !host.reclaimed) made.drained_at = at(host.drained);
  made.registered_at = at(host.ready);
  made.cpu = whole.cpu;
  made.memory = whole.memory;
  made.cpu_left = host.cpu_left;
  made.memory_left = host.memory_left;
  made.tasks = host.tasks();
  return made;
}

// Calls of a listing in pages of 100 that are described in batches.
double listing(std::size_t count, double batch) {
  return std::max(1.0, std::ceil(static_cast<double>(count) / 100)) +
         std::ceil(static_cast<double>(count) / batch);
}

}  // namespace

HakobanScaler::HakobanScaler(HakobanConfig config) : config_(std::move(config)), marks_(at(0)) {
  snapshot_.cluster = "simulated";
}

void HakobanScaler::tick(Cluster& cluster) {
  const bool heard = [&] {
    const auto before = jobs_.waiting(at(cluster.now()), config_.policy.job_silence).size();
    hear(cluster);
    return before != jobs_.waiting(at(cluster.now()), config_.policy.job_silence).size();
  }();
  const bool hosts = cluster.now() % config_.hosts_every == 0;
  const bool services = cluster.now() % config_.services_every == 0;
  if (hosts) observe_hosts(cluster);
  if (services) observe_services(cluster);
  if (snapshot_.pools.empty() || snapshot_.services.empty()) return;
  if (hosts || services || heard) decide(cluster);
}

// SNS and SQS take a second.
void HakobanScaler::hear(Cluster& cluster) {
  for (const auto& notice : cluster.take_notices())
    jobs_.hear(std::to_string(notice.job), "", need_of(cluster.job(notice.job).size), at(notice.at));
}

void HakobanScaler::observe_hosts(const Cluster& cluster) {
  snapshot_.instances_at = snapshot_.pools_at = at(cluster.now());
  look(cluster);
  snapshot_.instances.clear();
  FleetPool pool;
  pool.name = "batch-and-web";
  pool.spot = true;
  pool.target = cluster.desired();
  pool.fulfilled = cluster.alive();
  pool.max = cluster.max();
  pool.types = {{"c5.4xlarge", 1, cluster.trace().host.cpu, cluster.trace().host.memory, 0}};
  pool.zones = {kZones[0], kZones[1], kZones[2]};
  for (const auto& host : cluster.hosts()) {
    if (host.state == HostState::gone) continue;
    if (host.reclaimed) ++pool.leaving;
    if (host.state == HostState::booting) {
      pool.booting.push_back({arn_of(host), "c5.4xlarge", kZones[host.zone], at(host.launched)});
      continue;
    }
    auto instance = instance_of(host, cluster.trace().host);
    const auto known = placed_.find(instance.arn);
    if (known != placed_.end()) instance.placed = std::move(known->second);
    snapshot_.instances.push_back(std::move(instance));
  }
  placed_.clear();
  snapshot_.pools = {std::move(pool)};
  calls_["ecs_cluster_read"] += listing(snapshot_.instances.size(), 100);
  calls_["autoscaling"] += 1;
}

void HakobanScaler::observe_services(const Cluster& cluster) {
  snapshot_.services_at = at(cluster.now());
  snapshot_.services.clear();
  for (std::size_t i = 0; i < cluster.services().size(); ++i) {
    const auto& seen = cluster.services()[i];
    FleetService service;
    service.name = fmt::format("service-{}", i);
    service.desired = seen.desired;
    service.running = seen.running;
    service.need = need_of(seen.size);
    snapshot_.services.push_back(std::move(service));
  }
  calls_["ecs_service_read"] += listing(snapshot_.services.size(), 10);
}

// What runs on the hosts that the last decision asked about: ListTasks of each, DescribeTasks of 100
// together.
void HakobanScaler::look(const Cluster& cluster) {
  double tasks = 0;
  for (const auto& arn : wanted_looks_) {
    const Host& host = cluster.hosts()[static_cast<std::size_t>(std::stoi(arn))];
    if (host.state == HostState::gone) continue;
    auto& placed = placed_[arn];
    for (const auto& [service, count] : host.services)
      for (int i = 0; i < count; ++i)
        placed.push_back(
            {"", need_of(cluster.services()[static_cast<std::size_t>(service)].size), true, false});
    for (const int job : host.jobs) placed.push_back({"", need_of(cluster.job(job).size), false, false});
    tasks += static_cast<double>(placed.size());
  }
  calls_["ecs_cluster_read"] += static_cast<double>(wanted_looks_.size()) + std::ceil(tasks / 100);
  wanted_looks_.clear();
}

void HakobanScaler::decide(Cluster& cluster) {
  const auto now = at(cluster.now());
  snapshot_.jobs = jobs_.waiting(now, config_.policy.job_silence);
  for (auto& service : snapshot_.services) service.short_since.reset();
  marks_.apply(snapshot_, config_.policy, now);
  last_ = decide_size(snapshot_, config_.policy, now);
  marks_.note(last_, now);
  if (!last_.look_at.empty()) wanted_looks_ = last_.look_at;
  act(cluster);
}

// What was done is true of the snapshot at once: the next decision comes before the next observation.
void HakobanScaler::act(Cluster& cluster) {
  const auto now = at(cluster.now());
  const auto seen = [&](const std::string& arn) -> FleetInstance& {
    return *std::find_if(snapshot_.instances.begin(), snapshot_.instances.end(),
                         [&](const FleetInstance& each) { return each.arn == arn; });
  };
  const auto& pool = last_.pools.front();
  double changed = 0;
  for (const auto& arn : pool.undrain) {
    cluster.undrain(std::stoi(arn));
    seen(arn).state = InstanceState::active;
    seen(arn).drained_at.reset();
    ++changed;
  }
  for (const auto& arn : pool.gave_up) marks_.stayed(arn, now);
  if (pool.target > pool.current) {
    cluster.set_desired(pool.target);
    snapshot_.pools.front().target = pool.target;
    marks_.grew(pool.pool, now);
    calls_["autoscaling"] += 1;
  }
  for (const auto& arn : pool.drain) {
    cluster.drain(std::stoi(arn));
    seen(arn).state = InstanceState::draining;
    seen(arn).drained_at = now;
    marks_.shrank(pool.pool, now);
    ++changed;
  }
  for (const auto& arn : pool.terminate) {
    cluster.terminate(std::stoi(arn));
    --snapshot_.pools.front().target;
    --snapshot_.pools.front().fulfilled;
    std::erase_if(snapshot_.instances, [&](const FleetInstance& each) { return each.arn == arn; });
    calls_["autoscaling"] += 1;
  }
  calls_["ecs_cluster_modify"] += std::ceil(changed / 10);
}

}  // namespace hakoban::fleet_sim
