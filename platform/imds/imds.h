// EC2 instance metadata, version 2 only. Source: the "Instance metadata and user data" chapter of the EC2
// user guide.
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "core/host/host_view.h"
#include "core/result.h"

namespace hakoban {

class Imds {
 public:
  virtual ~Imds() = default;

  // The text at a path such as "/latest/meta-data/instance-id"; nothing for 404. A token is fetched and
  // refreshed underneath; a 401 fetches a new one and tries once more. Errors: timeout, unavailable (no
  // metadata service here, 5xx), throttled (429), denied (401 twice, 403), malformed. Thread-safe.
  [[nodiscard]] virtual Result<std::optional<std::string>> get(std::string_view path,
                                                               const std::stop_token& stop) = 0;
};

// Reads the instance-identity document, instance-life-cycle and what else makes an Ec2Identity.
[[nodiscard]] Result<Ec2Identity> read_identity(Imds& imds, const std::stop_token& stop);

}  // namespace hakoban
