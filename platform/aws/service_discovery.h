// AWS Cloud Map, as much of it as a drain calls. Source: AWS Cloud Map API Reference 2017-03-14 (AWS
// JSON 1.1).
#pragma once

#include <stop_token>
#include <string>

#include "core/result.h"

namespace hakoban {

class ServiceDiscovery {
 public:
  virtual ~ServiceDiscovery() = default;
  // DeregisterInstance: takes an instance out of a service's records. One that is gone, or already on its way
  // out, is a success, and so is a service that is gone.
  [[nodiscard]] virtual Result<void> deregister_instance(const std::string& service_id,
                                                         const std::string& instance_id,
                                                         const std::stop_token& stop) = 0;
};

}  // namespace hakoban
