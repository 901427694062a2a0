// Where a server listens, as Go programs and Prometheus exporters write it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.h"

namespace hakoban {

struct ListenAddress {
  std::string host;         // an IP address; "": every address of the machine, IPv6 and IPv4
  std::uint16_t port = 0;   // 0: any free one
  std::string unix_socket;  // a path: listen there instead; host and port mean nothing then

  bool operator==(const ListenAddress&) const = default;
};

// Reads ":9420", "127.0.0.1:9420", "[::1]:9420", "localhost:9420" and "unix:/run/hakoban.sock". Names other
// than localhost are not resolved. Errors: invalid.
[[nodiscard]] Result<ListenAddress> parse_listen_address(std::string_view text);

// The form that parse_listen_address reads back.
[[nodiscard]] std::string to_string(const ListenAddress& address);

}  // namespace hakoban
