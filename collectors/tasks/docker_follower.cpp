#include "collectors/tasks/docker_follower.h"

#include <algorithm>
#include <utility>

#include "collectors/tasks/thread_group.h"
#include "platform/log.h"

namespace hakoban {
namespace {

// News taken in one go before jobs are given out and a view is published.
constexpr int kNewsAtOnce = 256;

// The engine is on this host and comes back in seconds: a refused connection to its socket costs nothing.
RetryWait reconnect_wait(const CensusConfig& config) {
  return {std::min<Duration>(config.first_retry, 250ms), std::min<Duration>(config.longest_retry, 1s)};
}

RollRules rules_of(const CensusConfig& config) {
  return {config.relist_interval, reconnect_wait(config), {config.first_retry, config.longest_retry}};
}

}  // namespace

DockerFollower::DockerFollower(Docker& docker, const Clock& clock, Random random, const CensusConfig& config,
                               HostBoard& board, CensusMetrics& metrics)
    : docker_(docker),
      clock_(clock),
      random_(std::move(random)),
      config_(config),
      board_(board),
      metrics_(metrics),
      jobs_(std::max<std::size_t>(1, config.parallel_inspects)),
      roll_(rules_of(config)),
      list_outage_("the Docker engine's containers", reconnect_wait(config)) {}

void DockerFollower::run(const std::stop_token& stop) {
  // A start after a failure begins anew.
  roll_ = ContainerRoll{rules_of(config_)};
  jobs_under_way_ = 0;
  while (news_.pop(Duration{0}, stop)) continue;
  while (jobs_.pop(Duration{0}, stop)) continue;

  ThreadGroup threads{stop};
  threads.add([this](const std::stop_token& ours) { watch(ours); });
  for (std::size_t i = 0; i < std::max<std::size_t>(1, config_.parallel_inspects); ++i)
    threads.add([this](const std::stop_token& ours) { do_jobs(ours); });
  while (!stop.stop_requested()) turn(stop);
}

void DockerFollower::turn(const std::stop_token& stop) {
  auto news = news_.pop(patience(), stop);
  for (int taken = 0; news; ++taken) {
    take(*news);
    if (taken == kNewsAtOnce) break;
    news = news_.pop(Duration{0}, stop);
  }
  give_jobs();
  publish();
}

void DockerFollower::watch(const std::stop_token& stop) {
  Outage outage{"the Docker engine's events", reconnect_wait(config_)};
  while (!stop.stop_requested()) {
    const Error end = docker_.watch(
        [&] {
          outage.ended();
          log::info("following the Docker engine");
          news_.push(Connected{}, stop);
        },
        [&](const DockerEvent& event) {
          metrics_.event(event.action);
          news_.push(event, stop);
        },
        stop);
    if (stop.stop_requested()) return;
    metrics_.reconnect();
    clock_.sleep(outage.failed(end, random_()), stop);
  }
}

void DockerFollower::do_jobs(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const auto job = jobs_.pop(1h, stop);
    if (!job) continue;
    if (job->list) {
      news_.push(Listed{docker_.list(stop)}, stop);
    } else {
      news_.push(Inspected{job->id, docker_.inspect(job->id, stop)}, stop);
    }
  }
}

void DockerFollower::take(News& news) {
  std::visit([this](auto& told) { take(told); }, news);
}

void DockerFollower::take(const Connected&) {
  roll_.connected(clock_.steady());
}

void DockerFollower::take(const DockerEvent& event) {
  roll_.event(event.action, event.container_id, clock_.steady());
}

void DockerFollower::take(Listed& listed) {
  --jobs_under_way_;
  if (!listed.containers) {
    metrics_.refresh_failed("docker");
    list_outage_.failed(listed.containers.error(), random_());
    roll_.list_failed(clock_.steady(), random_());
    return;
  }
  list_outage_.ended();
  metrics_.refreshed("docker", clock_.now());
  roll_.listed(*listed.containers, clock_.steady());
}

void DockerFollower::take(Inspected& inspected) {
  --jobs_under_way_;
  if (inspected.container) {
    inspected.container->id = inspected.id;
    roll_.inspected(std::move(*inspected.container));
    return;
  }
  const auto& error = inspected.container.error();
  if (error.code == Errc::not_found) {
    roll_.gone(inspected.id);
    return;
  }
  metrics_.inspect_error();
  if (roll_.inspect_failed(inspected.id, clock_.steady(), random_()) == 1)
    log::warn("container not inspected, trying again", {{"error", error}});
}

void DockerFollower::give_jobs() {
  // No more under way than threads, so the queue always has room.
  while (jobs_under_way_ < std::max<std::size_t>(1, config_.parallel_inspects)) {
    auto job = roll_.next_job(clock_.steady());
    if (!job || !jobs_.try_push(std::move(*job))) return;
    ++jobs_under_way_;
  }
}

void DockerFollower::publish() {
  if (roll_.take_changed()) unpublished_ = true;
  const auto now = clock_.steady();
  if (!unpublished_ || !roll_.known() || now < publish_not_before_) return;
  board_.update([this](HostFacts& facts) {
    facts.containers_known = true;
    facts.containers = roll_.containers();
  });
  unpublished_ = false;
  publish_not_before_ = now + config_.coalesce;
}

Duration DockerFollower::patience() const {
  constexpr Duration kLongest = 1h;
  const auto now = clock_.steady();
  auto due = now + kLongest;
  // With every thread busy only an answer, which is news, can lead on.
  if (jobs_under_way_ < std::max<std::size_t>(1, config_.parallel_inspects))
    due = std::min(due, roll_.next_due());
  if (unpublished_ && roll_.known()) due = std::min(due, publish_not_before_);
  return std::max(Duration{0}, due - now);
}

}  // namespace hakoban
