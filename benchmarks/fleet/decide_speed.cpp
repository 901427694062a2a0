#include "benchmarks/fleet/decide_speed.h"

#include <algorithm>
#include <chrono>
#include <random>

#include <fmt/format.h>

namespace hakoban::fleet_sim {
namespace {

const TimePoint kNow{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23} + 12h};
constexpr int kPools = 4;

TaskNeed random_need(std::mt19937& random) {
  TaskNeed need;
  need.cpu = 128 << random() % 5;
  need.memory = 256 + static_cast<std::int64_t>(random() % 60) * 64;
  if (random() % 10 == 0) need.constraints = {"attribute:ecs.instance-type =~ c5.*"};
  if (random() % 25 == 0) need.ports = {static_cast<std::uint16_t>(8000 + random() % 500)};
  if (random() % 50 == 0) need.distinct_instance = true;
  return need;
}

FleetInstance random_instance(std::mt19937& random, int number, double booked) {
  FleetInstance made;
  made.arn = fmt::format("arn:aws:ecs:ap-northeast-1:123456789012:container-instance/main/{:032x}", number);
  made.ec2_id = fmt::format("i-{:017x}", number);
  made.pool = fmt::format("pool-{}", number % kPools);
  made.type = number % 3 == 0 ? "c5.4xlarge" : "m5.2xlarge";
  made.zone = fmt::format("ap-northeast-1{}", "acd"[number % 3]);
  made.registered_at = kNow - std::chrono::minutes{number};
  made.cpu = number % 3 == 0 ? 16'384 : 8'192;
  made.memory = 31'000;
  const double share = booked * (0.8 + 0.4 * static_cast<double>(random() % 1000) / 1000);
  made.cpu_left = static_cast<std::int64_t>(static_cast<double>(made.cpu) * std::max(0.0, 1 - share));
  made.memory_left = static_cast<std::int64_t>(static_cast<double>(made.memory) * std::max(0.0, 1 - share));
  made.tasks = 12;
  made.placed.emplace();
  for (int i = 0; i < made.tasks; ++i) made.placed->push_back({"", random_need(random), true, false});
  made.ports = {22, 2375, 2376, 51678, 51679};
  // What Amazon ECS's agent registers, about.
  for (int i = 0; i < 30; ++i) made.attributes[fmt::format("ecs.capability.docker-remote-api.1.{}", i)] = "";
  made.attributes["ecs.instance-type"] = made.type;
  made.attributes["ecs.availability-zone"] = made.zone;
  return made;
}

FleetSnapshot make(double part, double booked, int short_every, bool with_jobs) {
  std::mt19937 random{42};
  FleetSnapshot snapshot;
  snapshot.cluster = "main";
  snapshot.instances_at = snapshot.services_at = snapshot.pools_at = kNow;
  const int instances = static_cast<int>(10'000 * part);
  for (int i = 0; i < kPools; ++i) {
    FleetPool pool;
    pool.name = fmt::format("pool-{}", i);
    pool.spot = i > 0;
    pool.target = pool.fulfilled = instances / kPools;
    pool.max = 20'000;
    pool.types = {{"c5.4xlarge", 1, 16'384, 31'000, 0}, {"m5.2xlarge", 1, 8'192, 31'000, 0}};
    pool.zones = {"ap-northeast-1a", "ap-northeast-1c", "ap-northeast-1d"};
    if (booked < 0.5) pool.low_since = kNow - 1h;
    snapshot.pools.push_back(std::move(pool));
  }
  for (int i = 0; i < instances; ++i) snapshot.instances.push_back(random_instance(random, i, booked));
  for (int i = 0; i < static_cast<int>(5'000 * part); ++i) {
    FleetService service;
    service.name = fmt::format("service-{}", i);
    service.daemon = i % 1000 == 0;
    service.desired = service.running = 10;
    service.need = random_need(random);
    if (short_every > 0 && i % short_every == 0) {
      service.running = 7;
      service.short_since = kNow - 1min;
    }
    snapshot.services.push_back(std::move(service));
  }
  for (int i = 0; with_jobs && i < static_cast<int>(1'000 * part); ++i) {
    WaitingJob job;
    job.id = fmt::format("job-{}", i);
    job.need = random_need(random);
    job.need.cpu += i;  // each of its own kind: no two are alike
    job.first_heard = kNow - 30s;
    job.last_heard = kNow - 2s;
    snapshot.jobs.push_back(std::move(job));
  }
  return snapshot;
}

}  // namespace

std::vector<DecideCase> decide_cases(double part) {
  return {{"calm", make(part, 0.65, 0, false)},
          {"room", make(part, 0.65, 10, true)},
          {"short", make(part, 0.97, 10, true)},
          {"low", make(part, 0.30, 0, false)}};
}

std::vector<double> time_decisions(const FleetSnapshot& snapshot, int times) {
  const FleetPolicy policy;
  std::vector<double> took;
  for (int i = 0; i < times; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    const auto decision = decide_size(snapshot, policy, kNow);
    const std::chrono::duration<double, std::milli> time = std::chrono::steady_clock::now() - begin;
    if (!decision.hold.empty()) return {};
    took.push_back(time.count());
  }
  std::sort(took.begin(), took.end());
  return took;
}

}  // namespace hakoban::fleet_sim
