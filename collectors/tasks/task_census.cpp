#include "collectors/tasks/task_census.h"

#include <utility>

#include "collectors/tasks/agent_follower.h"
#include "collectors/tasks/api_follower.h"
#include "collectors/tasks/census_metrics.h"
#include "collectors/tasks/docker_follower.h"
#include "collectors/tasks/host_board.h"
#include "collectors/tasks/outage.h"
#include "collectors/tasks/thread_group.h"
#include "platform/log.h"

namespace hakoban {

class TaskCensus::Parts {
 public:
  Parts(CensusPorts ports, const CensusConfig& config, std::string own_container_id,
        prometheus::Registry& registry)
      : ports_(std::move(ports)),
        config_(config),
        metrics_(registry),
        board_(ports_.views, metrics_, std::move(own_container_id)),
        docker_(ports_.docker, ports_.clock, ports_.random, config, board_, metrics_),
        agent_(ports_.agent, ports_.clock, ports_.random, config, board_, metrics_),
        api_(ports_.ecs, ports_.balancers, ports_.clock, ports_.random, config, board_, metrics_) {}

  void run(const std::stop_token& stop) {
    ThreadGroup threads{stop};
    threads.add([this](const std::stop_token& ours) { learn_identity(ours); });
    threads.add([this](const std::stop_token& ours) { agent_.run(ours); });
    threads.add([this](const std::stop_token& ours) { api_.run(ours); });
    docker_.run(stop);
  }

  HostBoard& board() { return board_; }

 private:
  // Who the instance is never changes: asked until it is told once.
  void learn_identity(const std::stop_token& stop) {
    Outage outage{"instance metadata", {config_.first_retry, config_.longest_retry}};
    while (!stop.stop_requested()) {
      const auto identity = read_identity(ports_.imds, stop);
      if (identity) {
        outage.ended();
        metrics_.refreshed("instance_metadata", ports_.clock.now());
        board_.update([&](HostFacts& facts) { facts.ec2 = *identity; });
        return;
      }
      if (stop.stop_requested()) return;
      metrics_.refresh_failed("instance_metadata");
      ports_.clock.sleep(outage.failed(identity.error(), ports_.random()), stop);
    }
  }

  const CensusPorts ports_;
  const CensusConfig config_;
  CensusMetrics metrics_;
  HostBoard board_;
  DockerFollower docker_;
  AgentFollower agent_;
  ApiFollower api_;
};

TaskCensus::TaskCensus(CensusPorts ports, CensusConfig config, std::string own_container_id,
                       prometheus::Registry& registry)
    : parts_(std::make_unique<Parts>(std::move(ports), config, std::move(own_container_id), registry)) {}

TaskCensus::~TaskCensus() = default;

void TaskCensus::run(const std::stop_token& stop) {
  parts_->run(stop);
}

void TaskCensus::request_refresh() {
  parts_->board().hurry();
}

}  // namespace hakoban
