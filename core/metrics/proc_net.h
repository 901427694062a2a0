// What a network namespace tells beyond its interfaces: /proc/PID/net/snmp, netstat, sockstat, tcp and udp.
// Sources: proc(5); the kernel's Documentation/networking/snmp_counter.rst; net/ipv4/proc.c.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "core/metrics/usage.h"

namespace hakoban {

struct NetstatUsage {
  Reading tcp_segments_sent;
  Reading tcp_segments_retransmitted;
  Reading tcp_resets_sent;
  Reading tcp_attempts_failed;
  Reading tcp_listen_drops;
  Reading tcp_listen_overflows;
  Reading tcp_in_use;
  Reading tcp_orphan;
  Reading tcp_time_wait;
  Reading tcp_allocated;  // of the whole host, whichever namespace is asked
  Reading udp_in_use;
  Reading tcp6_in_use;
  Reading udp6_in_use;
  Reading sockets_used;

  bool operator==(const NetstatUsage&) const = default;
};

// Each takes what its file tells and leaves the rest. False: not such a file.
bool parse_net_snmp(std::string_view text, NetstatUsage& into);
bool parse_net_netstat(std::string_view text, NetstatUsage& into);
bool parse_net_sockstat(std::string_view text,
                        NetstatUsage& into);  // Linux counts TIME_WAIT here, not as in use
bool parse_net_sockstat6(std::string_view text, NetstatUsage& into);

// In the order of the kernel's numbers, 01 to 0B, and with cAdvisor's words.
inline constexpr std::array<std::string_view, 11> kTcpStates{
    "established", "synsent",   "synrecv", "finwait1", "finwait2", "timewait",
    "close",       "closewait", "lastack", "listen",   "closing"};
using TcpStates = std::array<Reading, kTcpStates.size()>;

inline constexpr std::array<std::string_view, 4> kUdpStates{"listen", "dropped", "rxqueued", "txqueued"};
using UdpStates = std::array<Reading, kUdpStates.size()>;

struct ConnectionStates {
  TcpStates tcp;
  TcpStates tcp6;
  UdpStates udp;
  UdpStates udp6;
};

// /proc/PID/net/tcp and tcp6: connections by state.
bool parse_net_tcp(std::string_view text, TcpStates& into);
// /proc/PID/net/udp and udp6: sockets, datagrams dropped, bytes queued.
bool parse_net_udp(std::string_view text, UdpStates& into);

}  // namespace hakoban
