// Where the Docker engine listens, as DOCKER_HOST names it.
#pragma once

#include <string>
#include <string_view>

#include "core/result.h"

namespace hakoban {

struct DockerEndpoint {
  std::string unix_socket = "/var/run/docker.sock";  // "" for TCP
  std::string base_url = "http://docker";            // no '/' at its end
};

// "unix:///run/docker.sock", "tcp://127.0.0.1:2375" or "http://…"; "" is the engine's usual socket. Errors:
// invalid for what is not spoken here (npipe, ssh, fd, TLS on tcp://) and what cannot be read.
[[nodiscard]] Result<DockerEndpoint> parse_docker_host(std::string_view docker_host);

}  // namespace hakoban
