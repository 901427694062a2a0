#include "platform/http/listen_address.h"

#include <arpa/inet.h>
#include <charconv>
#include <optional>

#include <fmt/format.h>

namespace hakoban {
namespace {

Error invalid(std::string_view text, std::string_view why) {
  return {Errc::invalid, fmt::format("listen address \"{}\": {}", text, why)};
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (failed != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return port;
}

bool is_address(int family, const std::string& host) {
  in6_addr scratch{};
  return ::inet_pton(family, host.c_str(), &scratch) == 1;
}

}  // namespace

Result<ListenAddress> parse_listen_address(std::string_view text) {
  ListenAddress address;
  if (text.starts_with("unix:")) {
    address.unix_socket = text.substr(5);
    if (address.unix_socket.empty() || address.unix_socket.size() > 107)
      return invalid(text, "a socket's path has 1 to 107 characters");
    return address;
  }
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return invalid(text, "no port; write \":9420\" or \"127.0.0.1:9420\"");
  const auto port = parse_port(text.substr(colon + 1));
  if (!port) return invalid(text, "the port is a number from 0 to 65535");
  address.port = *port;
  auto host = text.substr(0, colon);
  const bool bracketed = host.size() >= 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  address.host = host == "localhost" ? "127.0.0.1" : std::string{host};
  if (host.empty() && !bracketed) return address;
  if (!is_address(bracketed ? AF_INET6 : AF_INET, address.host))
    return invalid(text, "the host is an IPv4 address, an IPv6 address in brackets, localhost or nothing");
  return address;
}

std::string to_string(const ListenAddress& address) {
  if (!address.unix_socket.empty()) return "unix:" + address.unix_socket;
  const bool ipv6 = address.host.find(':') != std::string::npos;
  return fmt::format("{}{}{}:{}", ipv6 ? "[" : "", address.host, ipv6 ? "]" : "", address.port);
}

}  // namespace hakoban
