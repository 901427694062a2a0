#include "core/metrics/proc_net.h"

#include <gtest/gtest.h>

namespace hakoban {
namespace {

TEST(ProcNet, ReadsColumnsByName) {
  NetstatUsage usage;
  EXPECT_TRUE(
      parse_net_snmp("Ip: Forwarding\nIp: 1\nTcp: MaxConn OutSegs RetransSegs New\nTcp: -1 10 3 9\n", usage));
  EXPECT_EQ(usage.tcp_segments_sent, 10U);
  EXPECT_EQ(usage.tcp_segments_retransmitted, 3U);
  EXPECT_EQ(usage.tcp_resets_sent, std::nullopt) << "an old kernel does not have it";
  EXPECT_TRUE(
      parse_net_netstat("TcpExt: ListenDrops ListenOverflows\nTcpExt: 4 5\nIpExt: A\nIpExt: 1\n", usage));
  EXPECT_EQ(usage.tcp_listen_drops, 4U);
  EXPECT_EQ(usage.tcp_listen_overflows, 5U);
}

TEST(ProcNet, RefusesWhatIsNoSuchFile) {
  NetstatUsage usage;
  for (const char* text :
       {"", "Tcp: OutSegs\n", "Tcp: OutSegs\nUdp: 1\n", "Tcp: OutSegs\nTcp: many\n", "garbage"}) {
    EXPECT_FALSE(parse_net_snmp(text, usage)) << text;
  }
  EXPECT_FALSE(parse_net_netstat("IpExt: A\nIpExt: 1\n", usage));
  EXPECT_FALSE(parse_net_sockstat("TCP: inuse\n", usage));
  EXPECT_EQ(usage, NetstatUsage{});
}

TEST(ProcNet, ReadsSocketCounts) {
  NetstatUsage usage;
  EXPECT_TRUE(parse_net_sockstat(
      "sockets: used 41\nTCP: inuse 5 orphan 1 tw 3 alloc 66 mem 2\nUDP: inuse 2 mem 1\n", usage));
  EXPECT_TRUE(parse_net_sockstat6("TCP6: inuse 4\nUDP6: inuse 1\n", usage));
  EXPECT_EQ(usage.tcp_in_use, 5U);
  EXPECT_EQ(usage.tcp_time_wait, 3U);
  EXPECT_EQ(usage.udp_in_use, 2U);
  EXPECT_EQ(usage.tcp6_in_use, 4U);
}

constexpr const char* kHead =
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";

TEST(ProcNet, CountsConnectionsByState) {
  TcpStates states;
  const std::string text =
      std::string{kHead} +
      "   0: 00000000:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 1\n"
      "   1: 0A01A8C0:1F90 0B01A8C0:C350 01 00000000:00000000 00:00000000 00000000 0 0 2\n"
      "   2: 0A01A8C0:1F90 0B01A8C0:C351 01 00000000:00000000 00:00000000 00000000 0 0 3\n"
      "   3: 0A01A8C0:1F90 0B01A8C0:C352 0C 00000000:00000000 00:00000000 00000000 0 0 3\n";
  EXPECT_TRUE(parse_net_tcp(text, states));
  EXPECT_EQ(states[0], 2U);
  EXPECT_EQ(states[9], 1U);
  EXPECT_EQ(states[10], 0U);
  TcpStates none;
  EXPECT_FALSE(parse_net_tcp(std::string{kHead} + "   0: cut off\n", none));
  EXPECT_FALSE(parse_net_tcp("", none));
  EXPECT_EQ(none[0], std::nullopt);
}

TEST(ProcNet, AddsUpDatagramsDroppedAndBytesQueued) {
  UdpStates states;
  EXPECT_TRUE(parse_net_udp(
      std::string{kHead} +
          "  1: 00000000:0035 00000000:0000 07 00000010:00000200 00:00000000 00000000 0 0 1 2 ff 3\n"
          "  2: 00000000:0036 00000000:0000 07 00000001:00000002 00:00000000 00000000 0 0 1 2 ff 4\n",
      states));
  EXPECT_EQ(states, (UdpStates{2, 7, 0x202, 0x11}));
}

}  // namespace
}  // namespace hakoban
