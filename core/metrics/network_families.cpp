#include <array>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "core/metrics/exposition.h"
#include "core/metrics/label_block.h"
#include "core/metrics/usage_families.h"

namespace hakoban {
namespace {

using Samples = std::span<const UsageSample>;

struct NetworkFamily {
  std::string_view name;
  std::uint64_t InterfaceUsage::*value;
  std::string_view help;
};

using I = InterfaceUsage;
constexpr NetworkFamily kNetworkFamilies[] = {
    {"network_receive_bytes_total", &I::receive_bytes, "Bytes received."},
    {"network_receive_packets_total", &I::receive_packets, "Packets received."},
    {"network_receive_packets_dropped_total", &I::receive_dropped, "Packets dropped while receiving."},
    {"network_receive_errors_total", &I::receive_errors, "Errors while receiving."},
    {"network_transmit_bytes_total", &I::transmit_bytes, "Bytes sent."},
    {"network_transmit_packets_total", &I::transmit_packets, "Packets sent."},
    {"network_transmit_packets_dropped_total", &I::transmit_dropped, "Packets dropped while sending."},
    {"network_transmit_errors_total", &I::transmit_errors, "Errors while sending."},
};

void write_interfaces(PageText& page, std::string_view prefix, Samples samples) {
  std::vector<std::string> labels;  // of each interface of each sample, in order
  for (const auto& sample : samples) {
    for (const auto& one : sample.interfaces)
      labels.push_back(LabelBlock{}.add("interface", one.name).text());
  }
  for (const auto& family : kNetworkFamilies) {
    FamilyWriter writer{page, prefix, family.name, MetricType::counter, family.help};
    auto label = labels.begin();
    for (const auto& sample : samples) {
      for (const auto& one : sample.interfaces) writer.sample(sample.labels, *label++, one.*family.value);
    }
  }
}

struct NetstatFamily {
  std::string_view name;
  Reading NetstatUsage::*reading;
  std::string_view help;
};

using N = NetstatUsage;
constexpr NetstatFamily kNetstatFamilies[] = {
    {"network_tcp_segments_sent_total", &N::tcp_segments_sent,
     "TCP segments sent, without those sent again."},
    {"network_tcp_segments_retransmitted_total", &N::tcp_segments_retransmitted, "TCP segments sent again."},
    {"network_tcp_resets_sent_total", &N::tcp_resets_sent, "TCP resets sent."},
    {"network_tcp_attempts_failed_total", &N::tcp_attempts_failed,
     "TCP connections that never came to stand."},
    {"network_tcp_listen_drops_total", &N::tcp_listen_drops, "Connections dropped by listening sockets."},
    {"network_tcp_listen_overflows_total", &N::tcp_listen_overflows,
     "Connections that found the queue of a listening socket full."},
};

struct SocketRow {
  std::string_view labels;
  Reading NetstatUsage::*reading;
};

// tcp_allocated is not here: every namespace tells the whole host's.
constexpr SocketRow kSocketRows[] = {
    {"protocol=\"tcp\",state=\"inuse\"", &N::tcp_in_use},
    {"protocol=\"tcp\",state=\"orphan\"", &N::tcp_orphan},
    {"protocol=\"tcp\",state=\"tw\"", &N::tcp_time_wait},
    {"protocol=\"udp\",state=\"inuse\"", &N::udp_in_use},
    {"protocol=\"tcp6\",state=\"inuse\"", &N::tcp6_in_use},
    {"protocol=\"udp6\",state=\"inuse\"", &N::udp6_in_use},
};

void write_netstat(PageText& page, std::string_view prefix, Samples samples) {
  for (const auto& family : kNetstatFamilies) {
    FamilyWriter writer{page, prefix, family.name, MetricType::counter, family.help};
    for (const auto& sample : samples) {
      if (!sample.netstat) continue;
      if (const auto& value = sample.netstat->*family.reading) writer.sample(sample.labels, *value);
    }
  }
  FamilyWriter sockets{page, prefix, "network_sockets", MetricType::gauge,
                       "Sockets of its network namespace."};
  for (const auto& sample : samples) {
    if (!sample.netstat) continue;
    for (const auto& row : kSocketRows) {
      if (const auto& value = sample.netstat->*row.reading) sockets.sample(sample.labels, row.labels, *value);
    }
  }
}

template <std::size_t Size>
void write_states(PageText& page, std::string_view prefix, std::string_view name, std::string_view label,
                  const std::array<std::string_view, Size>& words,
                  std::array<Reading, Size> ConnectionStates::*states, Samples samples) {
  std::array<std::string, Size> labels;
  for (std::size_t i = 0; i < Size; ++i) labels[i] = fmt::format("{}=\"{}\"", label, words[i]);
  FamilyWriter writer{page, prefix, name, MetricType::gauge, "Connections and queues by state."};
  for (const auto& sample : samples) {
    for (std::size_t i = 0; sample.connections && i < Size; ++i) {
      if (const auto& value = (sample.connections->*states)[i])
        writer.sample(sample.labels, labels[i], *value);
    }
  }
}

}  // namespace

void write_network_families(PageText& page, std::string_view prefix, Samples samples) {
  using C = ConnectionStates;
  write_interfaces(page, prefix, samples);
  write_netstat(page, prefix, samples);
  write_states(page, prefix, "network_tcp_usage_total", "tcp_state", kTcpStates, &C::tcp, samples);
  write_states(page, prefix, "network_tcp6_usage_total", "tcp_state", kTcpStates, &C::tcp6, samples);
  write_states(page, prefix, "network_udp_usage_total", "udp_state", kUdpStates, &C::udp, samples);
  write_states(page, prefix, "network_udp6_usage_total", "udp_state", kUdpStates, &C::udp6, samples);
}

}  // namespace hakoban
