#include "platform/docker/docker_endpoint.h"

#include <gtest/gtest.h>

namespace hakoban {
namespace {

TEST(DockerEndpoint, is_the_usual_socket_when_nothing_is_said) {
  EXPECT_EQ(parse_docker_host("")->unix_socket, "/var/run/docker.sock");
}

TEST(DockerEndpoint, is_a_socket_or_a_tcp_address) {
  EXPECT_EQ(parse_docker_host("unix:///run/user/1000/docker.sock")->unix_socket,
            "/run/user/1000/docker.sock");
  const auto tcp = parse_docker_host("tcp://127.0.0.1:2375/");
  ASSERT_TRUE(tcp);
  EXPECT_EQ(tcp->unix_socket, "");
  EXPECT_EQ(tcp->base_url, "http://127.0.0.1:2375");
}

TEST(DockerEndpoint, refuses_what_is_not_spoken_here_and_says_why) {
  for (const char* host :
       {"npipe:////./pipe/docker_engine", "ssh://me@host", "fd://", "https://host:2376", "tcp://host:2376",
        "tcp://", "tcp://host:1/path", "unix://relative.sock", "/var/run/docker.sock", "unix:"}) {
    const auto endpoint = parse_docker_host(host);
    ASSERT_FALSE(endpoint) << host;
    EXPECT_EQ(endpoint.error().code, Errc::invalid);
    EXPECT_NE(endpoint.error().what.find(host), std::string::npos) << endpoint.error().what;
  }
}

}  // namespace
}  // namespace hakoban
