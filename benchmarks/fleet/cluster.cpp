#include "benchmarks/fleet/cluster.h"

#include <algorithm>
#include <array>
#include <utility>

namespace hakoban::fleet_sim {
namespace {

constexpr int kZones = 3;
constexpr Seconds kRetry = 10;    // hako oneshot's sleep
constexpr Seconds kSchedule = 5;  // between two looks of ECS's service scheduler at what it could not place
constexpr std::size_t kProvisioning = 500;
constexpr double kRunTaskRate = 40;  // a second; burst 100

}  // namespace

std::int64_t Host::tasks() const {
  std::int64_t sum = static_cast<std::int64_t>(jobs.size());
  for (const auto& [service, count] : services) sum += count;
  return sum;
}

Cluster::Cluster(const Trace& trace, ClusterConfig config, std::int64_t first_hosts)
    : trace_(trace), config_(config), random_(config.seed) {
  for (const auto& each : trace.services) services_.push_back({each.size, each.desired.front(), 0, -1});
  jobs_.reserve(trace.jobs.size());
  for (const auto& each : trace.jobs) jobs_.push_back({each.size, each.runs, each.at, -1, 0, -1});
  set_desired(first_hosts);
  for (auto& host : hosts_) {
    host.state = HostState::active;
    host.ready = 0;
  }
  while (!events_.empty()) events_.pop();
}

void Cluster::push(Seconds at, Kind kind, int subject, int start) {
  events_.push({at, order_++, kind, subject, start});
}

void Cluster::step() {
  ++now_;
  run_task_tokens_ = std::min(100.0, run_task_tokens_ + kRunTaskRate);
  while (next_job_ < jobs_.size() && trace_.jobs[next_job_].at <= now_)
    push(now_, Kind::run_task, static_cast<int>(next_job_++));
  begin_reclaims();
  while (!events_.empty() && events_.top().at <= now_) {
    const Event event = events_.top();
    events_.pop();
    handle(event);
  }
  scale_services();
  if (now_ % kSchedule == 0) {
    replace_drained();
    schedule_services();
    place_provisioning();
  }
  if (now_ % kSchedule == 0) launch();
  if (now_ < trace_.warm_up) return;
  totals_.instance_hours += static_cast<double>(here_.size()) / 3600;
  for (const auto& service : services_)
    totals_.unplaced_service_minutes +=
        static_cast<double>(std::max<std::int64_t>(0, service.desired - service.running)) / 60;
}

void Cluster::handle(const Event& event) {
  switch (event.kind) {
    case Kind::ready: {
      Host& host = hosts_[static_cast<std::size_t>(event.subject)];
      if (host.state == HostState::booting) host.state = HostState::active;
      return;
    }
    case Kind::reclaim_end:
      return end_host(hosts_[static_cast<std::size_t>(event.subject)], false);
    case Kind::run_task:
      if (jobs_[static_cast<std::size_t>(event.subject)].starts == event.start) run_task(event.subject);
      return;
    case Kind::finish: {
      Job& job = jobs_[static_cast<std::size_t>(event.subject)];
      if (job.starts != event.start || job.host < 0) return;
      Host& host = hosts_[static_cast<std::size_t>(job.host)];
      std::erase(host.jobs, event.subject);
      free_on(host, job.size);
      job.host = -1;
      return;
    }
  }
}

void Cluster::run_task(int id) {
  Job& job = jobs_[static_cast<std::size_t>(id)];
  if (job.placed >= 0) return;
  if (run_task_tokens_ < 1) {
    ++totals_.run_task_throttled;
    return push(now_ + 1 + static_cast<Seconds>(random_() % 3), Kind::run_task, id, job.starts);
  }
  --run_task_tokens_;
  if (start_job(id)) return;
  if (config_.waiting == Waiting::provisioning && provisioning_.size() < kProvisioning) {
    provisioning_.push_back(id);
    return;
  }
  notices_.push_back({now_, id});
  push(now_ + kRetry, Kind::run_task, id, job.starts);
}

bool Cluster::start_job(int id) {
  Job& job = jobs_[static_cast<std::size_t>(id)];
  Host* host = find_host(job.size);
  if (host == nullptr) return false;
  host->cpu_left -= job.size.cpu;
  host->memory_left -= job.size.memory;
  host->jobs.push_back(id);
  job.host = host->id;
  job.placed = now_;
  ++job.starts;
  if (job.asked >= trace_.warm_up) totals_.waits.push_back(static_cast<double>(now_ - job.asked));
  push(now_ + job.runs, Kind::finish, id, job.starts);
  return true;
}

// Its host is lost: its caller starts it again.
void Cluster::wait_again(int id) {
  Job& job = jobs_[static_cast<std::size_t>(id)];
  job.placed = -1;
  job.host = -1;
  job.asked = now_;
  push(now_ + 1, Kind::run_task, id, job.starts);
}

void Cluster::place_provisioning() {
  std::deque<int> still;
  for (const int id : provisioning_)
    if (!start_job(id)) still.push_back(id);
  provisioning_ = std::move(still);
}

// binpack on memory, as AWS advises where hosts are to become empty.
Host* Cluster::find_host(const Size& size) {
  Host* best = nullptr;
  for (const int id : here_) {
    Host& host = hosts_[static_cast<std::size_t>(id)];
    if (host.state != HostState::active || host.cpu_left < size.cpu || host.memory_left < size.memory)
      continue;
    if (best == nullptr || host.memory_left < best->memory_left) best = &host;
  }
  return best;
}

void Cluster::free_on(Host& host, const Size& size) {
  host.cpu_left += size.cpu;
  host.memory_left += size.memory;
}

// A service's own scaling moves its desired count once a minute, each at its own second.
void Cluster::scale_services() {
  const auto minute = static_cast<std::size_t>(now_ / 60);
  for (std::size_t i = static_cast<std::size_t>(now_ % 60); i < services_.size(); i += 60) {
    Service& service = services_[i];
    service.desired = trace_.services[i].desired[std::min(minute, trace_.services[i].desired.size() - 1)];
    while (service.running > service.desired) stop_one(static_cast<int>(i));
  }
}

// One on a draining host first, else, as ECS does where tasks are packed, on the host that has most left
// then.
void Cluster::stop_one(int id) {
  Service& service = services_[static_cast<std::size_t>(id)];
  Host* victim = nullptr;
  for (const int each : here_) {
    Host& host = hosts_[static_cast<std::size_t>(each)];
    if (!host.services.contains(id)) continue;
    if (host.state == HostState::draining) {
      victim = &host;
      break;
    }
    if (victim == nullptr || host.memory_left > victim->memory_left) victim = &host;
  }
  if (victim == nullptr) return;
  if (--victim->services[id] == 0) victim->services.erase(id);
  free_on(*victim, service.size);
  --service.running;
}

void Cluster::schedule_services() {
  for (std::size_t i = 0; i < services_.size(); ++i) {
    Service& service = services_[i];
    while (service.running < service.desired) {
      Host* host = find_host(service.size);
      if (host == nullptr) break;
      host->cpu_left -= service.size.cpu;
      host->memory_left -= service.size.memory;
      ++host->services[static_cast<int>(i)];
      ++service.running;
    }
    const bool is_short = service.running < service.desired;
    service.short_since = is_short ? (service.short_since < 0 ? now_ : service.short_since) : -1;
  }
}

// Service tasks on draining hosts start elsewhere first, and stop then.
void Cluster::replace_drained() {
  for (const int id : here_) {
    Host& from = hosts_[static_cast<std::size_t>(id)];
    if (from.state != HostState::draining) continue;
    for (auto each = from.services.begin(); each != from.services.end();) {
      const Size& size = services_[static_cast<std::size_t>(each->first)].size;
      Host* to = find_host(size);
      if (to == nullptr) {
        ++each;
        continue;
      }
      to->cpu_left -= size.cpu;
      to->memory_left -= size.memory;
      ++to->services[each->first];
      free_on(from, size);
      if (--each->second == 0) each = from.services.erase(each);
    }
  }
}

void Cluster::begin_reclaims() {
  while (next_reclaim_ < trace_.reclaims.size() && trace_.reclaims[next_reclaim_].at <= now_) {
    const Reclaim& what = trace_.reclaims[next_reclaim_++];
    std::vector<int> hosts;
    for (const int id : here_) {
      const Host& host = hosts_[static_cast<std::size_t>(id)];
      if (!host.reclaimed && host.state != HostState::booting && (what.zone < 0 || host.zone == what.zone))
        hosts.push_back(id);
    }
    std::shuffle(hosts.begin(), hosts.end(), random_);
    const auto count = what.zone < 0
                           ? std::size_t{1}
                           : static_cast<std::size_t>(what.share * static_cast<double>(hosts.size()));
    for (std::size_t i = 0; i < std::min(count, hosts.size()); ++i)
      reclaim(hosts_[static_cast<std::size_t>(hosts[i])]);
  }
}

// The host's agent sets it DRAINING and stops its batch at once, whoever scales.
void Cluster::reclaim(Host& host) {
  host.reclaimed = true;
  host.state = HostState::draining;
  host.drained = now_;
  for (const int job : std::exchange(host.jobs, {})) {
    free_on(host, jobs_[static_cast<std::size_t>(job)].size);
    wait_again(job);
  }
  push(now_ + 120, Kind::reclaim_end, host.id);
}

void Cluster::end_host(Host& host, bool lost_by_us) {
  if (host.state == HostState::gone) return;
  host.state = HostState::gone;
  std::erase(here_, host.id);
  for (const auto& [service, count] : host.services)
    services_[static_cast<std::size_t>(service)].running -= count;
  for (const int job : host.jobs) {
    if (lost_by_us) ++totals_.jobs_lost;
    wait_again(job);
  }
  host.services.clear();
  host.jobs.clear();
}

void Cluster::launch() {
  for (auto missing = desired_ - static_cast<std::int64_t>(here_.size()); missing > 0; --missing) {
    std::array<int, kZones> count{};
    for (const int id : here_) ++count[static_cast<std::size_t>(hosts_[static_cast<std::size_t>(id)].zone)];
    Host host;
    host.id = static_cast<int>(hosts_.size());
    host.zone = static_cast<int>(std::min_element(count.begin(), count.end()) - count.begin());
    host.launched = now_;
    const auto within = [&](Seconds least, Seconds most) {
      return least + static_cast<Seconds>(random_() % static_cast<std::uint64_t>(most - least + 1));
    };
    host.ready = now_ + within(config_.launch_least, config_.launch_most) +
                 within(config_.boot_least, config_.boot_most);
    host.cpu_left = trace_.host.cpu;
    host.memory_left = trace_.host.memory;
    push(host.ready, Kind::ready, host.id);
    here_.push_back(host.id);
    hosts_.push_back(std::move(host));
  }
}

std::int64_t Cluster::alive() const {
  return static_cast<std::int64_t>(here_.size());
}

std::vector<int> Cluster::waiting_jobs() const {
  std::vector<int> list;
  for (std::size_t i = 0; i < next_job_; ++i)
    if (jobs_[i].placed < 0) list.push_back(static_cast<int>(i));
  return list;
}

double Cluster::demand_in_hosts() const {
  double cpu = 0;
  double memory = 0;
  for (const auto& service : services_) {
    cpu += static_cast<double>(service.desired * service.size.cpu);
    memory += static_cast<double>(service.desired * service.size.memory);
  }
  for (std::size_t i = 0; i < next_job_; ++i) {
    if (jobs_[i].placed >= 0 && jobs_[i].host < 0) continue;  // over
    cpu += static_cast<double>(jobs_[i].size.cpu);
    memory += static_cast<double>(jobs_[i].size.memory);
  }
  return std::max(cpu / static_cast<double>(trace_.host.cpu),
                  memory / static_cast<double>(trace_.host.memory));
}

std::vector<Notice> Cluster::take_notices() {
  return std::exchange(notices_, {});
}

void Cluster::set_desired(std::int64_t hosts) {
  desired_ = std::min(hosts, config_.max);
  if (now_ == 0) launch();
}

void Cluster::drain(int id) {
  Host& host = hosts_[static_cast<std::size_t>(id)];
  if (host.state != HostState::active) return;
  host.state = HostState::draining;
  host.drained = now_;
}

void Cluster::undrain(int id) {
  Host& host = hosts_[static_cast<std::size_t>(id)];
  if (host.state == HostState::draining && !host.reclaimed) host.state = HostState::active;
}

void Cluster::terminate(int id) {
  Host& host = hosts_[static_cast<std::size_t>(id)];
  if (host.state == HostState::gone) return;
  --desired_;
  end_host(host, true);
}

}  // namespace hakoban::fleet_sim
