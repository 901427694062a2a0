// Follows the Docker engine: its events in one thread, lists and inspects in a few others, and the roll that
// decides (core/host/container_roll.h) in the caller's. One container whose inspection hangs holds up
// nothing but one of those few threads.
#pragma once

#include <cstddef>
#include <stop_token>
#include <string>
#include <variant>
#include <vector>

#include "collectors/tasks/census_config.h"
#include "collectors/tasks/census_metrics.h"
#include "collectors/tasks/host_board.h"
#include "collectors/tasks/outage.h"
#include "core/host/container_roll.h"
#include "platform/clock.h"
#include "platform/docker/docker.h"
#include "platform/queue.h"
#include "platform/random.h"

namespace hakoban {

class DockerFollower {
 public:
  // All must outlive it.
  DockerFollower(Docker& docker, const Clock& clock, Random random, const CensusConfig& config,
                 HostBoard& board, CensusMetrics& metrics);

  void run(const std::stop_token& stop);

 private:
  struct Connected {};
  struct Listed {
    Result<std::vector<ContainerView>> containers;
  };
  struct Inspected {
    std::string id;
    Result<ContainerView> container;
  };
  using News = std::variant<Connected, DockerEvent, Listed, Inspected>;

  void watch(const std::stop_token& stop);
  void do_jobs(const std::stop_token& stop);

  void turn(const std::stop_token& stop);
  void take(News& news);
  void take(const Connected&);
  void take(const DockerEvent& event);
  void take(Listed& listed);
  void take(Inspected& inspected);
  void give_jobs();
  void publish();
  [[nodiscard]] Duration patience() const;

  Docker& docker_;
  const Clock& clock_;
  const Random random_;
  const CensusConfig config_;
  HostBoard& board_;
  CensusMetrics& metrics_;
  Queue<News> news_{1024};
  Queue<ContainerRoll::Job> jobs_;

  // Of run()'s thread.
  ContainerRoll roll_;
  Outage list_outage_;
  std::size_t jobs_under_way_ = 0;
  bool unpublished_ = false;
  SteadyPoint publish_not_before_{};
};

}  // namespace hakoban
