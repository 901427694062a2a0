// Classic load balancers, as much of them as a drain calls. Source: ELB API Reference 2012-06-01 (query,
// XML). They take in whole instances.
#pragma once

#include <stop_token>
#include <string>

#include "core/result.h"

namespace hakoban {

enum class ClassicStanding {
  registered,
  deregistering,  // connection draining: no new requests
  gone,
};

class ClassicBalancers {
 public:
  virtual ~ClassicBalancers() = default;
  // DeregisterInstancesFromLoadBalancer. An instance or load balancer that is gone already is a success.
  [[nodiscard]] virtual Result<void> deregister_instance(const std::string& load_balancer,
                                                         const std::string& instance_id,
                                                         const std::stop_token& stop) = 0;
  // DescribeInstanceHealth. A load balancer that is gone: gone.
  [[nodiscard]] virtual Result<ClassicStanding> standing(const std::string& load_balancer,
                                                         const std::string& instance_id,
                                                         const std::stop_token& stop) = 0;
};

}  // namespace hakoban
