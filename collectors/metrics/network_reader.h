// Reads one network namespace by the files of a process in it.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "collectors/metrics/read_tally.h"
#include "core/metrics/metric_groups.h"
#include "core/metrics/proc_net.h"
#include "core/metrics/usage.h"

namespace hakoban {

struct NetworkUsage {
  std::vector<InterfaceUsage> interfaces;
  std::optional<NetstatUsage> netstat;  // only when asked for, as are connections
  std::optional<ConnectionStates> connections;
};

class NetworkReader {
 public:
  // `folder`: /proc/PID/net. `budget` must outlive it. A kept descriptor keeps the namespace: let go of it
  // when the container has ended.
  NetworkReader(const std::string& folder, const MetricGroups& groups, DescriptorBudget& budget);

  [[nodiscard]] NetworkUsage read(std::string& buffer, ReadTally& tally);

 private:
  void read_connections(ConnectionStates& into, std::string& buffer, ReadTally& tally);

  const MetricGroups groups_;
  KeptFile dev_;
  KeptFile snmp_, netstat_, sockstat_, sockstat6_;
  KeptFile tcp_, tcp6_, udp_, udp6_;
};

}  // namespace hakoban
