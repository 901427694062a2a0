// Keeps what the ECS and load balancer APIs know of the tasks here: asks about new ones together, about known
// ones at a low rate, and keeps what it has while they do not answer.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "collectors/tasks/census_config.h"
#include "collectors/tasks/census_metrics.h"
#include "collectors/tasks/host_board.h"
#include "collectors/tasks/outage.h"
#include "core/host/refresh_book.h"
#include "platform/aws/ecs.h"
#include "platform/aws/elb.h"
#include "platform/clock.h"
#include "platform/random.h"

namespace hakoban {

class ApiFollower {
 public:
  // All must outlive it.
  ApiFollower(EcsDirectory& ecs, LoadBalancers& balancers, const Clock& clock, Random random,
              const CensusConfig& config, HostBoard& board, CensusMetrics& metrics);

  void run(const std::stop_token& stop);

  // Asks for all that is due; run() does nothing else but this and wait. Returns when something is due next.
  SteadyPoint refresh(const std::stop_token& stop);

  // Tasks and services are due now. Task definitions never change, target groups hardly ever, and hundreds of
  // hosts in a hurry together share ten calls a second about those.
  void hurry();

 private:
  // One kind of facts: when to ask, and how it went.
  struct Source {
    std::string name;  // for metrics
    RefreshBook book;
    Outage outage;
  };
  using ByCluster = std::map<std::string, std::vector<std::string>>;

  [[nodiscard]] Source source(std::string name, std::string words, RefreshRules rules) const;
  void refresh_tasks(const std::stop_token& stop);
  void refresh_services(const std::stop_token& stop);
  void refresh_groups(const std::stop_token& stop);
  void refresh_definitions(const std::stop_token& stop);

  void take_tasks(const std::vector<std::string>& asked, std::vector<EcsTask> found);
  void ask_one_by_one(const std::string& cluster, const std::vector<std::string>& arns,
                      const std::stop_token& stop);
  void take_definition(const std::string& key, EcsTaskDefinition definition);
  void forget_old_definitions();
  void succeeded(Source& source);
  void failed(Source& source, const Error& error, const std::stop_token& stop);

  EcsDirectory& ecs_;
  LoadBalancers& balancers_;
  const Clock& clock_;
  const Random random_;
  const CensusConfig config_;
  HostBoard& board_;
  CensusMetrics& metrics_;
  Source tasks_;
  Source services_;
  Source groups_;
  Source definitions_;
  std::map<std::string, std::set<std::string>> groups_of_;  // target groups by service
  std::map<std::string, std::uint64_t>
      definition_used_;  // cached definitions: the turn they were last wanted
  std::uint64_t turn_ = 0;
};

}  // namespace hakoban
