#include "collectors/metrics/network_reader.h"

#include "core/metrics/net_dev.h"

namespace hakoban {

NetworkReader::NetworkReader(const std::string& folder, const MetricGroups& groups, DescriptorBudget& budget)
    : groups_(groups),
      dev_(folder + "/dev", budget),
      snmp_(folder + "/snmp", budget),
      netstat_(folder + "/netstat", budget),
      sockstat_(folder + "/sockstat", budget),
      sockstat6_(folder + "/sockstat6", budget),
      tcp_(folder + "/tcp", budget),
      tcp6_(folder + "/tcp6", budget),
      udp_(folder + "/udp", budget),
      udp6_(folder + "/udp6", budget) {}

NetworkUsage NetworkReader::read(std::string& buffer, ReadTally& tally) {
  NetworkUsage usage;
  if (groups_.has(MetricGroup::network)) read_into(dev_, parse_net_dev, usage.interfaces, buffer, tally);
  if (groups_.has(MetricGroup::netstat)) {
    auto& into = usage.netstat.emplace();
    read_into(snmp_, parse_net_snmp, into, buffer, tally);
    read_into(netstat_, parse_net_netstat, into, buffer, tally);
    read_into(sockstat_, parse_net_sockstat, into, buffer, tally);
    read_into(sockstat6_, parse_net_sockstat6, into, buffer, tally);
  }
  if (groups_.has(MetricGroup::tcp) || groups_.has(MetricGroup::udp))
    read_connections(usage.connections.emplace(), buffer, tally);
  return usage;
}

void NetworkReader::read_connections(ConnectionStates& into, std::string& buffer, ReadTally& tally) {
  if (groups_.has(MetricGroup::tcp)) {
    read_into(tcp_, parse_net_tcp, into.tcp, buffer, tally);
    read_into(tcp6_, parse_net_tcp, into.tcp6, buffer, tally);
  }
  if (groups_.has(MetricGroup::udp)) {
    read_into(udp_, parse_net_udp, into.udp, buffer, tally);
    read_into(udp6_, parse_net_udp, into.udp6, buffer, tally);
  }
}

}  // namespace hakoban
