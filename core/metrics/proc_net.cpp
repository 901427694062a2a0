#include "core/metrics/proc_net.h"

#include <charconv>
#include <optional>

#include "core/metrics/kernel_text.h"

namespace hakoban {
namespace {

using kernel_text::number;
using kernel_text::take_until;
using kernel_text::take_word;

struct Column {
  std::string_view name;
  Reading NetstatUsage::*reading;
};

using N = NetstatUsage;
constexpr Column kSnmp[] = {{"OutSegs", &N::tcp_segments_sent},
                            {"RetransSegs", &N::tcp_segments_retransmitted},
                            {"OutRsts", &N::tcp_resets_sent},
                            {"AttemptFails", &N::tcp_attempts_failed}};
constexpr Column kNetstat[] = {{"ListenDrops", &N::tcp_listen_drops},
                               {"ListenOverflows", &N::tcp_listen_overflows}};

// A line of names after `prefix`, then a line of values with the same prefix. A value may be negative
// (MaxConn).
template <std::size_t Size>
bool parse_columns(std::string_view text, std::string_view prefix, const Column (&wanted)[Size],
                   NetstatUsage& into) {
  while (!text.empty()) {
    auto names = take_until(text, '\n');
    if (!names.starts_with(prefix)) continue;
    auto values = take_until(text, '\n');
    if (!values.starts_with(prefix)) return false;
    names.remove_prefix(prefix.size());
    values.remove_prefix(prefix.size());
    for (auto name = take_word(names); !name.empty(); name = take_word(names)) {
      const auto value = take_word(values);
      for (const auto& column : wanted) {
        if (column.name != name) continue;
        if (!number(value)) return false;
        into.*column.reading = number(value);
      }
    }
    return true;
  }
  return false;
}

// "TCP: inuse 5 orphan 0 tw 2 alloc 7 mem 1"
template <class Take>
bool parse_sockets(std::string_view text, Take take) {
  bool any = false;
  while (!text.empty()) {
    auto line = take_until(text, '\n');
    const auto protocol = take_until(line, ':');
    for (auto name = take_word(line); !name.empty(); name = take_word(line)) {
      const auto value = number(take_word(line));
      if (!value) return false;
      take(protocol, name, *value);
      any = true;
    }
  }
  return any;
}

std::optional<std::uint64_t> hexadecimal(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (failed != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// The words of a line of a table of sockets: "sl local remote st tx:rx tr:when retrnsmt uid timeout inode ref
// pointer drops".
constexpr std::size_t kWords = 13;
using Words = std::array<std::string_view, kWords>;

template <class Take>
bool for_each_socket(std::string_view text, Take take) {
  if (take_until(text, '\n').find("local_address") == std::string_view::npos) return false;
  while (!text.empty()) {
    auto line = take_until(text, '\n');
    Words words;
    for (auto& word : words) word = take_word(line);
    if (!take(words)) return false;
  }
  return true;
}

}  // namespace

bool parse_net_snmp(std::string_view text, NetstatUsage& into) {
  return parse_columns(text, "Tcp:", kSnmp, into);
}

bool parse_net_netstat(std::string_view text, NetstatUsage& into) {
  return parse_columns(text, "TcpExt:", kNetstat, into);
}

bool parse_net_sockstat(std::string_view text, NetstatUsage& into) {
  return parse_sockets(text, [&](std::string_view protocol, std::string_view name, std::uint64_t value) {
    if (protocol == "sockets" && name == "used") into.sockets_used = value;
    if (protocol == "UDP" && name == "inuse") into.udp_in_use = value;
    if (protocol != "TCP") return;
    if (name == "inuse") into.tcp_in_use = value;
    if (name == "orphan") into.tcp_orphan = value;
    if (name == "tw") into.tcp_time_wait = value;
    if (name == "alloc") into.tcp_allocated = value;
  });
}

bool parse_net_sockstat6(std::string_view text, NetstatUsage& into) {
  return parse_sockets(text, [&](std::string_view protocol, std::string_view name, std::uint64_t value) {
    if (name != "inuse") return;
    if (protocol == "TCP6") into.tcp6_in_use = value;
    if (protocol == "UDP6") into.udp6_in_use = value;
  });
}

bool parse_net_tcp(std::string_view text, TcpStates& into) {
  TcpStates counted;
  counted.fill(0);
  const bool whole = for_each_socket(text, [&](const Words& words) {
    const auto state = hexadecimal(words[3]);
    if (!state || *state < 1) return false;
    if (*state <= counted.size()) ++*counted[*state - 1];  // NEW_SYN_RECV (0C) is counted nowhere
    return true;
  });
  if (whole) into = counted;
  return whole;
}

bool parse_net_udp(std::string_view text, UdpStates& into) {
  UdpStates counted;
  counted.fill(0);
  const bool whole = for_each_socket(text, [&](const Words& words) {
    auto queues = words[4];
    const auto sent = hexadecimal(take_until(queues, ':'));
    const auto received = hexadecimal(queues);
    const auto dropped = number(words[12]);
    if (!sent || !received || !dropped) return false;
    ++*counted[0];
    *counted[1] += *dropped;
    *counted[2] += *received;
    *counted[3] += *sent;
    return true;
  });
  if (whole) into = counted;
  return whole;
}

}  // namespace hakoban
