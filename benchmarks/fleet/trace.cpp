#include "benchmarks/fleet/trace.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>

namespace hakoban::fleet_sim {
namespace {

using Random = std::mt19937_64;

double uniform(Random& random, double from, double to) {
  return std::uniform_real_distribution<double>{from, to}(random);
}

// Of the highest point of the day: low at 4, a rise at noon, the most at 18.
double day_curve(double hour) {
  const auto hill = [&](double at, double width) {
    double away = std::abs(hour - at);
    away = std::min(away, 24 - away);
    return std::exp(-away * away / (2 * width * width));
  };
  return std::min(1.0, 0.38 + 0.30 * hill(12, 2.2) + 0.60 * hill(18, 2.6) + 0.12 * hill(21.5, 1.5));
}

Size random_size(Random& random) {
  static constexpr std::int64_t kCpu[] = {128, 256, 256, 512, 512, 1024, 2048};
  const auto cpu = kCpu[std::uniform_int_distribution<std::size_t>{0, 6}(random)];
  const double ratio = std::exp(uniform(random, std::log(0.8), std::log(3.2)));  // MiB a unit
  return {cpu,
          std::max<std::int64_t>(128, static_cast<std::int64_t>(static_cast<double>(cpu) * ratio) / 64 * 64)};
}

double hour_of(Seconds at, const TraceConfig& config) {
  return std::fmod(static_cast<double>(at - config.warm_up) / 3600.0 + 24, 24);
}

// Each follows the day in its own measure, with a noise of its own and a deployment now and then.
void add_services(Trace& trace, const TraceConfig& config, Random& random) {
  const auto minutes = static_cast<std::size_t>(trace.end / 60 + 1);
  std::vector<double> weights;
  double cpu = 0;
  double memory = 0;
  for (int i = 0; i < config.services; ++i) {
    ServiceTrace service;
    service.size = random_size(random);
    weights.push_back(std::exp(std::normal_distribution<double>{0, 1.2}(random)));
    cpu += weights.back() * static_cast<double>(service.size.cpu);
    memory += weights.back() * static_cast<double>(service.size.memory);
    trace.services.push_back(std::move(service));
  }
  const double full =
      std::max(cpu / static_cast<double>(trace.host.cpu), memory / static_cast<double>(trace.host.memory));
  const double scale = config.hosts / full;
  for (std::size_t i = 0; i < trace.services.size(); ++i) {
    auto& service = trace.services[i];
    const double swing = uniform(random, 0.6, 1.1);  // how far it follows the day
    double noise = 0;
    std::size_t deploys_until = 0;
    for (std::size_t minute = 0; minute < minutes; ++minute) {
      noise = 0.97 * noise + std::normal_distribution<double>{0, 0.012}(random);
      const double curve = day_curve(hour_of(static_cast<Seconds>(minute) * 60, config));
      double level = scale * weights[i] * (1 - swing + swing * curve) * (1 + noise);
      if (uniform(random, 0, 1) < 2.0 / 1440) deploys_until = minute + 4;
      if (minute < deploys_until) level *= 1.25;
      const auto wanted = std::max<std::int64_t>(1, std::llround(level));
      const auto before = service.desired.empty() ? wanted : service.desired.back();
      // Its own scaling rounds away what is small.
      const bool small = std::abs(wanted - before) * 20 < before;
      service.desired.push_back(small ? before : wanted);
    }
  }
}

void add_job(Trace& trace, Random& random, Seconds at) {
  if (at >= trace.end) return;
  JobTrace job;
  job.at = at;
  const double runs = std::exp(std::normal_distribution<double>{std::log(100.0), 1.0}(random));
  job.runs = std::clamp<Seconds>(static_cast<Seconds>(runs), 5, 2 * 3600);
  job.size = random_size(random);
  if (random() % 8 == 0) job.size = {4096, 8192};  // a few are large
  trace.jobs.push_back(job);
}

void add_burst(Trace& trace, Random& random, Seconds start, double count) {
  for (double i = 0; i < count; ++i) {
    const double late = std::exponential_distribution<double>{1.0 / 35}(random);
    add_job(trace, random, start + std::min<Seconds>(300, static_cast<Seconds>(late)));
  }
}

// Half of the jobs come at any time, the others by the clock: at full and half hours, most of all at night;
// never quite as many as the day before. A few bursts come by surprise.
void add_jobs(Trace& trace, const TraceConfig& config, Random& random) {
  const double a_second = config.jobs_a_day / 86'400;
  for (double at = 0; at < static_cast<double>(trace.end);
       at += std::exponential_distribution<double>{a_second / 2}(random))
    add_job(trace, random, static_cast<Seconds>(at));
  for (Seconds start = 0; start < trace.end; start += 1800) {
    const double hour = hour_of(start, config);
    double part = start % 3600 == 0 ? 0.028 : 0.008;  // of a day's jobs by the clock
    if (hour >= 1 && hour < 3.1 && start % 3600 == 0) part = 0.055;
    add_burst(trace, random, start, config.jobs_a_day / 2 * part * uniform(random, 0.75, 1.25));
  }
  const double surprises = config.surprises_a_day * static_cast<double>(trace.end) / 86'400;
  for (double i = 0; i < surprises; ++i)
    add_burst(trace, random, static_cast<Seconds>(uniform(random, 0, static_cast<double>(trace.end))),
              config.jobs_a_day / 2 * 0.03);
  std::sort(trace.jobs.begin(), trace.jobs.end(),
            [](const JobTrace& left, const JobTrace& right) { return left.at < right.at; });
}

void add_reclaims(Trace& trace, const TraceConfig& config, Random& random) {
  const double every = 86'400 / std::max(0.001, config.reclaims_a_day);
  for (double at = 0; at < static_cast<double>(trace.end);
       at += std::exponential_distribution<double>{1 / every}(random))
    trace.reclaims.push_back({static_cast<Seconds>(at), 0, -1});
  trace.reclaims.push_back({config.warm_up + 15 * 3600 + 600, 0.15, 1});
  std::sort(trace.reclaims.begin(), trace.reclaims.end(),
            [](const Reclaim& left, const Reclaim& right) { return left.at < right.at; });
}

}  // namespace

Trace make_trace(const TraceConfig& config) {
  Random random{config.seed};
  Trace trace;
  trace.host = {16'384, 31'000};  // 16 vCPU, 32 GiB less what the system keeps
  trace.warm_up = config.warm_up;
  trace.end = config.warm_up + config.length;
  add_services(trace, config, random);
  add_jobs(trace, config, random);
  add_reclaims(trace, config, random);
  return trace;
}

}  // namespace hakoban::fleet_sim
