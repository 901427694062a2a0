#include "platform/docker/docker_endpoint.h"

#include <fmt/format.h>

namespace hakoban {
namespace {

Error refused(std::string_view docker_host, std::string_view why) {
  return Error{Errc::invalid, fmt::format("DOCKER_HOST '{}': {}", docker_host, why)};
}

}  // namespace

Result<DockerEndpoint> parse_docker_host(std::string_view docker_host) {
  if (docker_host.empty()) return DockerEndpoint{};
  const auto scheme_end = docker_host.find("://");
  if (scheme_end == std::string_view::npos)
    return refused(docker_host, "not of the form unix:///path or tcp://host:port");
  const auto scheme = docker_host.substr(0, scheme_end);
  auto rest = docker_host.substr(scheme_end + 3);
  if (scheme == "unix") {
    if (!rest.starts_with('/')) return refused(docker_host, "the socket's path must be absolute");
    return DockerEndpoint{std::string{rest}, "http://docker"};
  }
  if (scheme != "tcp" && scheme != "http")
    return refused(docker_host, fmt::format("'{}' is not spoken here, only unix and tcp", scheme));
  while (rest.ends_with('/')) rest.remove_suffix(1);
  if (rest.empty() || rest.find_first_of("/?# ") != std::string_view::npos)
    return refused(docker_host, "not of the form tcp://host:port");
  if (rest.ends_with(":2376")) return refused(docker_host, "port 2376 means TLS, which is not spoken here");
  return DockerEndpoint{"", fmt::format("http://{}", rest)};
}

}  // namespace hakoban
