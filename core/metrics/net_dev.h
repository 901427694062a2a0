// Network counters of a namespace: /proc/PID/net/dev, described in proc(5).
#pragma once

#include <string_view>
#include <vector>

#include "core/host/host_view.h"
#include "core/metrics/usage.h"

namespace hakoban {

// All interfaces but those that cAdvisor passes over as well: names that begin with lo, veth, docker or
// nerdctl. False: not such a file, and then `into` is empty: half of it could not be trusted.
[[nodiscard]] bool parse_net_dev(std::string_view text, std::vector<InterfaceUsage>& into);

// Whether the container's network namespace is counted as its own: not the host's (network mode "host"), not
// another container's ("container:<id>": awsvpc tasks have one, their pause container's).
[[nodiscard]] bool has_own_network(const ContainerView& container);

}  // namespace hakoban
